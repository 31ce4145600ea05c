// SPDX-License-Identifier: Apache-2.0
// Are the arguments that several subcommands take well formed?
#pragma once

#include <functional>
#include <string>

namespace mxray::cli {

/// CLI11 validator: empty if `text` is a duration such as 90s or 2h, else one sentence.
std::string check_duration(const std::string& text);

/// CLI11 validator: empty if `text` is an address or a network such as 192.0.2.0/24, else
/// one sentence.
std::string check_network(const std::string& text);

/// CLI11 validator: empty if a text is a number of seconds from `least` to `most`.
/// CLI::Range would let `nan` pass, which compares with nothing.
std::function<std::string(const std::string&)> seconds_from(double least, double most);

}  // namespace mxray::cli
