// SPDX-License-Identifier: Apache-2.0
// Which end of a connection is ours, and under which address does the world see it?
//
// What our server refuses to strangers is its work; what a stranger's server
// refuses to us is an incident. So the two must be told apart.
#pragma once

#include "analysis/flow_table.h"
#include "base/address.h"
#include "base/network.h"

namespace mxray {

struct Context;

enum class Ours : std::uint8_t {
  kUnknown,
  kClient,  // mail that goes out, or between our own hosts
  kServer,  // mail that comes in
};

/// By what is certain first: this gateway's addresses, NAT, addresses that the
/// Internet does not route (RFC 1918, RFC 4193); then by the distance: our side
/// is near; then by the server's greeting, if it names a domain of ours. kUnknown if
/// none of it tells.
Ours ours_of(Context& context, const Flow& flow);

/// The client as the server sees it: that of the leg behind NAT.
Endpoint outer_client(Context& context, const Flow& flow);

}  // namespace mxray
