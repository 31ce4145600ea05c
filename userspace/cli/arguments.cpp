// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <fmt/format.h>

#include <charconv>

#include "base/network.h"
#include "base/time.h"

namespace mxray::cli {

std::string check_duration(const std::string& text) {
  if (parse_duration(text)) return {};
  return fmt::format("'{}' is no duration; write 90s, 15m, 2h or 7d", text);
}

std::string check_network(const std::string& text) {
  if (parse_network(text)) return {};
  return fmt::format(
      "'{}' is no IPv4 or IPv6 address or network; write it without a port, as 192.0.2.1 or "
      "192.0.2.0/24",
      text);
}

std::function<std::string(const std::string&)> seconds_from(double least, double most) {
  return [least, most](const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (is_number && value >= least && value <= most) return std::string();
    return fmt::format("'{}' is no number of seconds from {} to {}", text, least, most);
  };
}

}  // namespace mxray::cli
