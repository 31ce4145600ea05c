// SPDX-License-Identifier: Apache-2.0
// source_masked: does the server see who speaks to it?
//
// A masquerade that is meant for inside clients but catches all makes every
// outside client wear the gateway's address. The server then takes all of them
// for one host, which it often trusts.
#pragma once

#include <cstdint>

#include "analysis/context.h"

namespace mxray {

/// All legs of a connection stand: learns the service it is of and weighs the
/// client's address at the server.
void weigh_translation(Context& context, Flow& flow);

/// Ends cases of which nothing was heard for long.
void watch_masked(Context& context, std::uint64_t now_ns);

}  // namespace mxray
