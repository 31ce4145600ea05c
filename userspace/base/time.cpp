// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::string rfc3339(std::uint64_t time_ns) {
  const auto seconds = static_cast<std::time_t>(time_ns / kSecond);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     time_ns % kSecond / 1000);
}

std::string zone_name(std::uint64_t time_ns, Zone zone) {
  if (zone == Zone::kUtc) return "UTC";
  const auto seconds = static_cast<std::time_t>(time_ns / kSecond);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  const long minutes = std::labs(parts.tm_gmtoff) / 60;
  return fmt::format("{}{:02}:{:02}", parts.tm_gmtoff < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string timestamp(std::uint64_t time_ns, Zone zone) {
  if (zone == Zone::kUtc) return rfc3339(time_ns);
  const auto seconds = static_cast<std::time_t>(time_ns / kSecond);
  std::tm parts{};
  localtime_r(&seconds, &parts);
  // As if it were UTC, then with the name of its own zone.
  std::string text =
      rfc3339(static_cast<std::uint64_t>(timegm(&parts)) * kSecond + time_ns % kSecond);
  text.pop_back();
  return text + zone_name(time_ns, zone);
}

std::string date_and_time(std::uint64_t time_ns, Zone zone) {
  const std::string time = timestamp(time_ns, zone);
  return time.substr(0, 10) + " " + time.substr(11, 8);
}

std::optional<std::uint64_t> parse_rfc3339(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  int used = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
                  &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &used) != 6) {
    return std::nullopt;
  }
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const std::time_t seconds = timegm(&parts);
  if (seconds < 0) return std::nullopt;
  std::string_view rest = text.substr(static_cast<std::size_t>(used));
  std::uint64_t fraction = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    std::uint64_t unit = kSecond / 10;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      fraction += static_cast<std::uint64_t>(rest.front() - '0') * unit;
      unit /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest != "Z") return std::nullopt;
  return static_cast<std::uint64_t>(seconds) * kSecond + fraction;
}

std::optional<std::uint64_t> parse_duration(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() - 1) return std::nullopt;
  std::uint64_t unit = 0;
  switch (text.back()) {
    case 's': unit = 1; break;
    case 'm': unit = 60; break;
    case 'h': unit = 3600; break;
    case 'd': unit = 86400; break;
    default: return std::nullopt;
  }
  if (number > std::numeric_limits<std::uint64_t>::max() / (unit * kSecond)) return std::nullopt;
  return number * unit * kSecond;
}

std::uint64_t wall_clock_ns() { return read_clock(CLOCK_REALTIME); }
std::uint64_t monotonic_ns() { return read_clock(CLOCK_MONOTONIC); }

}  // namespace mxray
