// SPDX-License-Identifier: Apache-2.0
// Which interfaces does the configuration mean at this moment?
//
// `default-route` stands for those over which the default routes lead, so that a
// configuration can work unedited. What they are is asked again and again: an
// uplink fails over to another, or comes up late.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mxray {

inline constexpr std::string_view kDefaultRoute = "default-route";

/// `names` with `default-route` replaced by what it stands for now, which may be
/// nothing; each once.
Result<std::vector<std::string>> meant_interfaces(const std::vector<std::string>& names);

/// The same, for the start: an error with a remedy if nothing is meant, or if
/// none of what is meant exists (rather a name mistyped than a host whose
/// interfaces are all still to come).
Result<std::vector<std::string>> interfaces_to_start_with(const std::vector<std::string>& names);

}  // namespace mxray
