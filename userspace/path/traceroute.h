// SPDX-License-Identifier: Apache-2.0
// Which path does a pasted traceroute show?
//
// People paste what they have: from Linux, a BSD, Windows (`tracert`), `mtr
// --report` or `mxray trace`, with prompts, headers and remarks around it. What
// is no hop is passed over; what is one but cannot be understood is an error,
// because a hop left out would shift the forger by one.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "path/path.h"

namespace mxray {

/// Far more than a traceroute has.
inline constexpr std::size_t kMostTracerouteBytes = std::size_t{64} * 1024;

/// Reads at most kMostTracerouteBytes and kMostHops; hops that were cut out come
/// back empty. The server is the one of the header (`traceroute to NAME (ADDRESS)`),
/// without one `server`. The time is unknown, the port too unless the header has it.
/// Fails with a sentence that names the line.
Result<Path> read_traceroute(std::string_view text,
                             const std::optional<core::address>& server = std::nullopt);

}  // namespace mxray
