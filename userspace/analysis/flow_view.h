// SPDX-License-Identifier: Apache-2.0
// What is shown of a connection, of one leg or more?
#pragma once

#include <cstdint>

#include "analysis/context.h"
#include "analysis/snapshot.h"

namespace mxray {

/// A copy of what is known at `now_ns`: addresses of the leg next to the server,
/// and of the first leg where they differ.
FlowView view_of(Context& context, const Connection& connection, std::uint64_t now_ns);

}  // namespace mxray
