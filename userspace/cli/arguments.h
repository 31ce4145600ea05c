// SPDX-License-Identifier: Apache-2.0
// Are the arguments that several subcommands take well formed?
#pragma once

#include <string>

namespace mxray::cli {

/// CLI11 validator: empty if `text` is a duration such as 90s or 2h, else one sentence.
std::string check_duration(const std::string& text);

}  // namespace mxray::cli
