// SPDX-License-Identifier: Apache-2.0
#include "cli/moment.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>

#include "base/number.h"

namespace mxray::cli {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kEndOfTime = std::numeric_limits<std::int64_t>::max();  // as the store's

/// Takes `length` digits from the front of `text`; false if they are not there.
bool take_digits(std::string_view& text, std::size_t length, int& value) {
  const std::string_view digits = text.substr(0, length);
  if (digits.size() != length || digits.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  value = *parse_number<int>(digits);
  text.remove_prefix(length);
  return true;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// `2026-11-22`; the fields of a tm.
bool take_date(std::string_view& text, std::tm& parts) {
  return take_digits(text, 4, parts.tm_year) && take(text, '-') &&
         take_digits(text, 2, parts.tm_mon) && take(text, '-') &&
         take_digits(text, 2, parts.tm_mday);
}

// `14:00`, `14:00:05`, `14:00:05.25`; the fraction in nanoseconds.
bool take_clock(std::string_view& text, std::tm& parts, std::uint64_t& fraction_ns) {
  if (!take_digits(text, 2, parts.tm_hour) || !take(text, ':') ||
      !take_digits(text, 2, parts.tm_min)) {
    return false;
  }
  if (!take(text, ':')) return true;
  if (!take_digits(text, 2, parts.tm_sec)) return false;
  if (!take(text, '.')) return true;
  std::uint64_t unit = kSecond / 10;
  int digit = 0;
  if (!take_digits(text, 1, digit)) return false;
  do {
    fraction_ns += static_cast<std::uint64_t>(digit) * unit;
    unit /= 10;
  } while (take_digits(text, 1, digit));
  return true;
}

// `Z`, `+09:00`; seconds to the east.
std::optional<long> offset_of(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const bool west = text.starts_with('-');
  int hours = 0;
  int minutes = 0;
  if (!take(text, west ? '-' : '+') || !take_digits(text, 2, hours) || !take(text, ':') ||
      !take_digits(text, 2, minutes) || !text.empty() || hours > 23 || minutes > 59) {
    return std::nullopt;
  }
  const long seconds = (hours * 60L + minutes) * 60;
  return west ? -seconds : seconds;
}

std::tm parts_of(std::uint64_t time_ns, Zone zone) {
  const auto seconds = static_cast<std::time_t>(time_ns / kSecond);
  std::tm parts{};
  zone == Zone::kUtc ? gmtime_r(&seconds, &parts) : localtime_r(&seconds, &parts);
  return parts;
}

// Not of a 31 November: that comes back as another day.
std::optional<std::int64_t> seconds_of(const std::tm& parts, Zone zone) {
  std::tm made = parts;
  made.tm_isdst = -1;
  const std::time_t seconds = zone == Zone::kUtc ? timegm(&made) : mktime(&made);
  const bool exists = made.tm_mon == parts.tm_mon && made.tm_mday == parts.tm_mday &&
                      made.tm_min == parts.tm_min && parts.tm_hour < 24 && parts.tm_sec < 60;
  if (!exists) return std::nullopt;
  return seconds;
}

// 23:00, asked for at 03:00, was yesterday.
std::optional<std::int64_t> latest_of(std::tm today, std::uint64_t now_ns, Zone zone) {
  const auto seconds = seconds_of(today, zone);
  if (!seconds || *seconds <= static_cast<std::int64_t>(now_ns / kSecond)) return seconds;
  --today.tm_mday;  // the 0th is the last of the month before
  today.tm_isdst = -1;
  return zone == Zone::kUtc ? timegm(&today) : mktime(&today);
}

// `2h` and the like, though its number may be too large for one.
bool is_duration(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  return text.size() > 1 && digits + 1 == text.size() &&
         std::strchr("smhd", text.back()) != nullptr;
}

// A date, a time of the clock or both.
std::optional<std::int64_t> seconds_of_clock(std::string_view text, std::uint64_t now_ns, Zone zone,
                                             std::uint64_t& fraction_ns) {
  std::tm parts{};
  std::string_view rest = text;
  if (rest.size() <= 4 || rest[4] != '-') {
    const std::tm today = parts_of(now_ns, zone);
    parts.tm_year = today.tm_year;
    parts.tm_mon = today.tm_mon;
    parts.tm_mday = today.tm_mday;
    if (!take_clock(rest, parts, fraction_ns) || !rest.empty()) return std::nullopt;
    return latest_of(parts, now_ns, zone);
  }
  if (!take_date(rest, parts)) return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const bool has_clock = take(rest, 'T') || take(rest, ' ');
  if (has_clock && !take_clock(rest, parts, fraction_ns)) return std::nullopt;
  if (!has_clock && !rest.empty()) return std::nullopt;
  const auto offset = rest.empty() ? std::optional<long>() : offset_of(rest);
  if (!rest.empty() && !offset) return std::nullopt;
  const auto seconds = seconds_of(parts, offset ? Zone::kUtc : zone);
  if (!seconds) return std::nullopt;
  return *seconds - offset.value_or(0);
}

// Only whether it is one: the zone and the moment of now are known when the command runs.
std::string check_moment(const std::string& text) {
  const auto moment = parse_moment(text, wall_clock_ns(), Zone::kUtc);
  return moment ? std::string() : moment.error().message;
}

}  // namespace

Result<std::uint64_t> parse_moment(std::string_view text, std::uint64_t now_ns, Zone zone) {
  const Error outside{
      fmt::format("'{}' is too far away; a time must lie from 1970-01-01 to 2262-04-11", text)};
  if (is_duration(text)) {
    const auto ago = parse_duration(text);
    if (!ago || *ago > now_ns) return outside;
    return now_ns - *ago;
  }
  std::uint64_t fraction_ns = 0;
  const auto seconds = seconds_of_clock(text, now_ns, zone, fraction_ns);
  if (!seconds) {
    return Error{fmt::format(
        "'{}' is no time; write how long ago (90s, 15m, 2h, 7d) or when ('2026-11-22 14:00', "
        "14:00, 2026-11-22T14:00:00Z)",
        text)};
  }
  constexpr auto kLastSecond = static_cast<std::int64_t>(kEndOfTime / kSecond) - 1;
  if (*seconds < 0 || *seconds > kLastSecond) return outside;
  return static_cast<std::uint64_t>(*seconds) * kSecond + fraction_ns;
}

CLI::Option* Period::add_options(CLI::App& app, const std::string& what) {
  app.add_option("--since", since,
                 fmt::format("only {} of the last 90s, 15m, 2h, 7d, or since '2026-11-22 14:00', "
                             "14:00, 2026-11-22T14:00:00Z",
                             what))
      ->type_name("TIME")
      ->check(CLI::Validator(check_moment, ""));
  return app.add_option("--until", until, fmt::format("only {} up to then, as --since", what))
      ->type_name("TIME")
      ->check(CLI::Validator(check_moment, ""));
}

Result<Span> Period::span(std::uint64_t now_ns, Zone zone) const {
  Span span{.since_ns = 0, .until_ns = kEndOfTime};
  const auto read = [&](const std::string& text, const char* option,
                        std::uint64_t& moment) -> Status {
    if (text.empty()) return Ok{};
    const auto parsed = parse_moment(text, now_ns, zone);
    if (!parsed) return Error{fmt::format("{}: {}", option, parsed.error().message)};
    moment = *parsed;
    return Ok{};
  };
  for (const Status& status :
       {read(since, "--since", span.since_ns), read(until, "--until", span.until_ns)}) {
    if (!status) return status.error();
  }
  // A mistyped year, or a local time taken for UTC.
  if (span.since_ns > now_ns) {
    return Error{fmt::format("--since, {}, is yet to come; it is {} now",
                             timestamp(span.since_ns, zone), timestamp(now_ns, zone))};
  }
  if (span.since_ns > span.until_ns) {
    return Error{fmt::format("--since, {}, is later than --until, {}, so nothing is between them",
                             timestamp(span.since_ns, zone), timestamp(span.until_ns, zone))};
  }
  return span;
}

}  // namespace mxray::cli
