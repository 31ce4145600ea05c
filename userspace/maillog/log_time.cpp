// SPDX-License-Identifier: Apache-2.0
#include "maillog/log_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <utility>

#include "base/text.h"

namespace mxray::maillog {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 86'400 * kSecond;
constexpr const char* kZones = "/usr/share/zoneinfo/";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count || !std::all_of(text.begin(), text.begin() + count, is_digit)) {
    return std::nullopt;
  }
  int value = 0;
  std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// `.972578` or, as some write it, `,972`; nine digits count.
void take_fraction(std::string_view& text, Stamp& stamp) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return;
  text.remove_prefix(1);
  std::uint64_t unit = kSecond;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    unit /= 10;
    stamp.nanosecond +=
        static_cast<std::uint32_t>(unit) * static_cast<std::uint32_t>(text[0] - '0');
  }
  stamp.unit_ns = std::max<std::uint64_t>(unit, 1);
}

bool take_time_of_day(std::string_view& text, Stamp& stamp) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take_char(text, ':')) return false;
  const auto minute = take_digits(text, 2);
  if (!minute || !take_char(text, ':')) return false;
  const auto second = take_digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return false;
  stamp.hour = *hour;
  stamp.minute = *minute;
  stamp.second = *second;
  take_fraction(text, stamp);
  return true;
}

/// `Z`, `+08:00`, `+0800`.
std::optional<int> take_offset(std::string_view& text) {
  if (take_char(text, 'Z')) return 0;
  if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
  std::string_view rest = text.substr(1);
  const auto hours = take_digits(rest, 2);
  if (!hours) return std::nullopt;
  take_char(rest, ':');
  const auto minutes = take_digits(rest, 2);
  if (!minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text = rest;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<std::uint64_t> take_hex(std::string_view& text, std::size_t count) {
  std::uint64_t value = 0;
  if (text.size() < count) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value, 16);
  if (error != std::errc{} || end != text.data() + count) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

std::int64_t civil_seconds(const Stamp& stamp) {
  using namespace std::chrono;
  const sys_days days = year(stamp.year) / month(static_cast<unsigned>(stamp.month)) /
                        day(static_cast<unsigned>(stamp.day));
  return duration_cast<seconds>(days.time_since_epoch() + hours(stamp.hour) +
                                minutes(stamp.minute) + seconds(stamp.second))
      .count();
}

}  // namespace

std::optional<Stamp> take_rfc3164(std::string_view& text) {
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  if (month == kMonths.end() || text.size() < 15 || text[3] != ' ') return std::nullopt;
  std::string_view rest = text.substr(4);
  Stamp stamp{.month = static_cast<int>(month - kMonths.begin()) + 1};
  const auto day = take_char(rest, ' ') ? take_digits(rest, 1) : take_digits(rest, 2);
  if (!day || *day < 1 || *day > 31 || !take_char(rest, ' ')) return std::nullopt;
  stamp.day = *day;
  if (!take_time_of_day(rest, stamp)) return std::nullopt;
  text = rest;
  return stamp;
}

std::optional<Stamp> take_iso(std::string_view& text) {
  std::string_view rest = text;
  Stamp stamp;
  const auto year = take_digits(rest, 4);
  if (!year || !take_char(rest, '-')) return std::nullopt;
  const auto month = take_digits(rest, 2);
  if (!month || !take_char(rest, '-')) return std::nullopt;
  const auto day = take_digits(rest, 2);
  if (!day || *year < 1970 || *month < 1 || *month > 12 || *day < 1 || *day > 31) {
    return std::nullopt;
  }
  stamp.year = *year;
  stamp.month = *month;
  stamp.day = *day;
  if (!take_char(rest, 'T') && !take_char(rest, ' ')) return std::nullopt;
  if (!take_time_of_day(rest, stamp)) return std::nullopt;
  stamp.utc_offset_seconds = take_offset(rest);
  if (!stamp.utc_offset_seconds && rest.size() > 5 && rest[0] == ' ') {
    std::string_view after_space = rest.substr(1);
    stamp.utc_offset_seconds = take_offset(after_space);
    if (stamp.utc_offset_seconds) rest = after_space;
  }
  text = rest;
  return stamp;
}

std::optional<Stamp> take_tai64(std::string_view& text) {
  constexpr std::uint64_t kLabelOf1970 = (std::uint64_t{1} << 62U) + 10;
  constexpr std::uint64_t kLastSecond = 16'000'000'000;  // in the year 2477; nanoseconds still fit
  std::string_view rest = text;
  if (!take_char(rest, '@')) return std::nullopt;
  const auto label = take_hex(rest, 16);
  if (!label || *label < kLabelOf1970 || *label - kLabelOf1970 > kLastSecond) return std::nullopt;
  Stamp stamp;
  stamp.absolute_ns = (*label - kLabelOf1970) * kSecond;
  if (const auto nanoseconds = take_hex(rest, 8); nanoseconds && *nanoseconds < kSecond) {
    *stamp.absolute_ns += *nanoseconds;
    stamp.unit_ns = 1;
  }
  text = rest;
  return stamp;
}

std::optional<Stamp> take_epoch(std::string_view& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits < 9 || digits > 10 || digits + 1 >= text.size() || text[digits] != '.') {
    return std::nullopt;
  }
  std::uint64_t seconds = 0;
  std::from_chars(text.data(), text.data() + digits, seconds);
  text.remove_prefix(digits);
  Stamp stamp;
  take_fraction(text, stamp);
  stamp.absolute_ns = seconds * kSecond + stamp.nanosecond;
  return stamp;
}

Result<TimeZone> TimeZone::named(const std::string& name) {
  TimeZone zone;
  if (name.empty()) return zone;
  std::string_view text = name;
  if (name == "UTC" || name == "GMT") {
    zone.offset_seconds_ = 0;
    return zone;
  }
  if (const auto offset = take_offset(text); offset && text.empty()) {
    zone.offset_seconds_ = offset;
    return zone;
  }
  std::error_code ignored;
  if (name.find("..") != std::string::npos ||
      !std::filesystem::is_regular_file(kZones + name, ignored)) {
    return Error{
        fmt::format("'{}' is no time zone; write UTC, +08:00 or a name such as "
                    "Asia/Shanghai (there is a file for each below {})",
                    sanitize(name, 64), kZones)};
  }
  // NOLINTBEGIN(concurrency-mt-unsafe): the program has one thread
  if (const char* before = std::getenv("TZ")) zone.previous_ = before;
  zone.replaced_ = true;
  ::setenv("TZ", name.c_str(), 1);
  ::tzset();
  // NOLINTEND(concurrency-mt-unsafe)
  return zone;
}

TimeZone::TimeZone(TimeZone&& other) noexcept
    : offset_seconds_(other.offset_seconds_),
      replaced_(std::exchange(other.replaced_, false)),
      previous_(std::move(other.previous_)) {}

TimeZone::~TimeZone() {
  if (!replaced_) return;
  // NOLINTBEGIN(concurrency-mt-unsafe): the program has one thread
  if (previous_) {
    ::setenv("TZ", previous_->c_str(), 1);
  } else {
    ::unsetenv("TZ");
  }
  ::tzset();
  // NOLINTEND(concurrency-mt-unsafe)
}

std::optional<std::uint64_t> TimeZone::utc_seconds(const Stamp& stamp) const {
  std::int64_t seconds = 0;
  const auto offset = stamp.utc_offset_seconds ? stamp.utc_offset_seconds : offset_seconds_;
  if (offset) {
    seconds = civil_seconds(stamp) - *offset;
  } else {
    std::tm parts{};
    parts.tm_year = stamp.year - 1900;
    parts.tm_mon = stamp.month - 1;
    parts.tm_mday = stamp.day;
    parts.tm_hour = stamp.hour;
    parts.tm_min = stamp.minute;
    parts.tm_sec = stamp.second;
    parts.tm_isdst = -1;
    seconds = std::mktime(&parts);
  }
  if (seconds < 0) return std::nullopt;
  return static_cast<std::uint64_t>(seconds);
}

LogClock::LogClock(const TimeZone& zone, Settings settings) : zone_(zone), settings_(settings) {}

void LogClock::pass(const Stamp& stamp) {
  if (stamp.year != 0 || stamp.absolute_ns) return;
  // December, then January. Lines that overtake each other at a month's end do
  // not look so.
  if (settings_.first_year && stamp.month + 6 < month_) ++*settings_.first_year;
  month_ = stamp.month;
}

std::optional<std::uint64_t> LogClock::time_ns(const Stamp& stamp) const {
  const auto shifted = [this](std::uint64_t time_ns) -> std::optional<std::uint64_t> {
    const auto moved = static_cast<std::int64_t>(time_ns) + settings_.shift_ns;
    if (moved < 0) return std::nullopt;
    return static_cast<std::uint64_t>(moved);
  };
  if (stamp.absolute_ns) return shifted(*stamp.absolute_ns);
  const auto in_year = [&](int year) -> std::optional<std::uint64_t> {
    Stamp whole = stamp;
    whole.year = year;
    const auto seconds = zone_.utc_seconds(whole);
    if (!seconds) return std::nullopt;
    return *seconds * kSecond + stamp.nanosecond;
  };
  std::optional<std::uint64_t> time_ns;
  if (stamp.year != 0 || settings_.first_year) {
    time_ns = in_year(stamp.year != 0 ? stamp.year : *settings_.first_year);
  } else {
    // The latest year that does not lie in the file's future.
    using namespace std::chrono;
    const auto newest = floor<days>(sys_time<nanoseconds>(nanoseconds(settings_.newest_ns)));
    const int latest = static_cast<int>(year_month_day(newest).year()) + 1;
    for (int year = latest; year > latest - 3; --year) {
      time_ns = in_year(year);
      if (time_ns && *time_ns <= settings_.newest_ns + kDay) break;
    }
  }
  return time_ns ? shifted(*time_ns) : std::nullopt;
}

}  // namespace mxray::maillog
