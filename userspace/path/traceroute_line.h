// SPDX-License-Identifier: Apache-2.0
// What does one line of a traceroute say? Internal to traceroute.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "path/path.h"

namespace mxray {

/// `traceroute to NAME (ADDRESS), ...`, `Tracing route to NAME [ADDRESS]`,
/// `route to ADDRESS:PORT ...`; port 0 if it is not told.
std::optional<Endpoint> server_in_header(std::string_view line);

/// nullopt: the line is no hop. The error says what of a hop is wrong, without the
/// line's number. A distance of 0: more answers of the hop before.
Result<std::optional<Hop>> read_hop_line(std::string_view line);

/// Adds the answers of a line that goes on with the hop before.
void add_answers(Hop& hop, const Hop& more);

}  // namespace mxray
