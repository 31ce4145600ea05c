// SPDX-License-Identifier: Apache-2.0
// When was a log line written?
//
// Mail servers stamp their lines in five ways, of which one lacks the year and
// two the zone. A Stamp is what the line says; a LogClock makes UTC of it with
// what else is known of the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mxray::maillog {

/// The fields of a stamp as written. `absolute_ns` is set by stamps that count
/// from 1970 themselves; then the others mean nothing.
struct Stamp {
  int year = 0;  // 0: not told
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::uint32_t nanosecond = 0;
  std::uint64_t unit_ns = 1'000'000'000;    // of the last digit
  std::optional<int> utc_offset_seconds{};  // east is positive
  std::optional<std::uint64_t> absolute_ns{};
};

// Each takes its stamp from the front of `text`, or leaves it as it was.

/// RFC 3164: `Sep 26 14:46:23`, a fraction allowed.
std::optional<Stamp> take_rfc3164(std::string_view& text);
/// RFC 3339, `2006-09-26T14:46:23.972578+08:00`; exim's and MDaemon's with a space
/// for the T, and exim's zone `+0800` after another. No zone: not told.
std::optional<Stamp> take_iso(std::string_view& text);
/// `@400000004518cc13395f2d94` (cr.yp.to/libtai/tai64.html); without the last eight
/// digits whole seconds. The label counts TAI, and libtai takes it for ten seconds
/// ahead of UTC for ever: so does whoever wrote the label.
std::optional<Stamp> take_tai64(std::string_view& text);
/// `1159253183.972578`: seconds since 1970.
std::optional<Stamp> take_epoch(std::string_view& text);

/// The time zone that a log is written in. While it lives, it is the process's
/// own: mktime(3) knows no other way to a named one.
class TimeZone {
 public:
  /// `UTC`, `+08:00`, `-0530`, a name such as `Asia/Shanghai`; empty: this machine's.
  static Result<TimeZone> named(const std::string& name);
  TimeZone(TimeZone&& other) noexcept;
  TimeZone& operator=(TimeZone&&) = delete;
  TimeZone(const TimeZone&) = delete;
  TimeZone& operator=(const TimeZone&) = delete;
  ~TimeZone();

  /// Seconds since 1970, UTC; of a stamp with a zone by that one. nullopt if it is
  /// before 1970.
  [[nodiscard]] std::optional<std::uint64_t> utc_seconds(const Stamp& stamp) const;

 private:
  TimeZone() = default;
  std::optional<int> offset_seconds_;
  bool replaced_ = false;                // TZ of the environment
  std::optional<std::string> previous_;  // that it had
};

/// One file's clock.
class LogClock {
 public:
  struct Settings {
    std::optional<int> first_year{};  // of the file's first yearless stamp
    std::uint64_t newest_ns = 0;      // without first_year: no stamp is much later
    std::int64_t shift_ns = 0;        // added to each time: the log's clock is wrong
  };
  LogClock(const TimeZone& zone, Settings settings);

  /// Each stamp of the file in its order: so a new year shows.
  void pass(const Stamp& stamp);
  /// Nanoseconds since 1970, UTC; nullopt if the stamp is no time.
  [[nodiscard]] std::optional<std::uint64_t> time_ns(const Stamp& stamp) const;

 private:
  const TimeZone& zone_;
  Settings settings_;
  int month_ = 0;  // of the last stamp that passed
};

}  // namespace mxray::maillog
