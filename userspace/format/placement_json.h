// SPDX-License-Identifier: Apache-2.0
// How does a forger's place look as JSON?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "path/placement.h"

namespace mxray {

/// The incident's line with `placement` at its end: null if there is no path, or
/// nobody to place. A line that is no JSON object comes back as it is.
std::string with_placement(std::string_view incident_line,
                           const std::optional<Placement>& placement);

}  // namespace mxray
