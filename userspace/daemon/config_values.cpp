// SPDX-License-Identifier: Apache-2.0
#include "daemon/config_values.h"

#include <fmt/format.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/number.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kMinuteNs = std::uint64_t{60} * 1'000'000'000;

}  // namespace

Result<double> parse_seconds(std::string_view text) {
  const auto value = parse_number<double>(text);
  if (!value) return Error{fmt::format("'{}' is not a number of seconds; write e.g. 5", text)};
  // Written so that NaN fails too.
  if (!(*value > 0 && *value <= 3600)) {
    return Error{fmt::format("{} seconds is out of range; write more than 0, at most 3600", text)};
  }
  return *value;
}

Result<std::uint32_t> parse_count(std::string_view text, std::uint32_t least, std::uint32_t most) {
  const auto value = parse_number<std::uint32_t>(text);
  if (!value || *value < least || *value > most) {
    return Error{fmt::format("'{}' is not a whole number from {} to {}", text, least, most)};
  }
  return *value;
}

Result<bool> parse_switch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Error{fmt::format("'{}' is neither true nor false", text)};
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 3> kUnits{
      {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};
  for (const auto& [unit, shift] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto value = parse_number<std::uint64_t>(text.substr(0, text.size() - unit.size()));
    if (!value || *value > (std::numeric_limits<std::uint64_t>::max() >> shift)) break;
    if (*value << shift < kMebibyte) {
      return Error{fmt::format("{} is too little; write at least 1MiB", text)};
    }
    return *value << shift;
  }
  return Error{fmt::format("'{}' is not a size; write e.g. 256MiB (KiB, MiB, GiB)", text)};
}

Result<std::uint64_t> parse_age(std::string_view text) {
  const auto value = parse_duration(text);
  if (!value)
    return Error{fmt::format("'{}' is not a duration; write e.g. 30d (s, m, h, d)", text)};
  if (*value < kMinuteNs) return Error{fmt::format("{} is too short; write at least 1m", text)};
  return *value;
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error malformed{fmt::format(
      "'{}' is not ADDRESS:PORT; write e.g. 127.0.0.1:9725, [::1]:9725, or :9725 for all addresses",
      text)};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (!port) return malformed;
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  // Without brackets nobody can tell where an IPv6 address ends.
  if (bracketed != (address.find(':') != std::string_view::npos)) return malformed;
  if (address.find_first_of("[]/ \t") != std::string_view::npos) return malformed;
  return ListenAddress{std::string(address), *port};
}

Result<std::string> parse_interface_name(std::string_view text) {
  const bool has_odd_character =
      std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == '/' || c > '~'; });
  if (text.empty() || text.size() >= IFNAMSIZ || has_odd_character) {
    return Error{
        fmt::format("'{}' cannot be an interface's name; write e.g. eth0, see `ip link`", text)};
  }
  return std::string(text);
}

}  // namespace mxray
