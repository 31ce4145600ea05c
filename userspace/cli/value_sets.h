// SPDX-License-Identifier: Apache-2.0
// Which values has an argument that takes one of a few?
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mxray::cli {

/// Of KIND, CONFIDENCE, REASON, STATE, PROTOCOL, or of a placeholder that names them
/// (`auto|always|never`); empty for one that takes any value.
std::vector<std::string> values_of(std::string_view placeholder);

/// `certain, probable, possible`
std::string listed(const std::vector<std::string>& values);

}  // namespace mxray::cli
