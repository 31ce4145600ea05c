// SPDX-License-Identifier: Apache-2.0
// How does a time become text, and a duration a number?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mxray {

/// RFC 3339 in UTC with microseconds: `2026-09-26T14:44:53.103763Z`.
std::string rfc3339(std::uint64_t time_ns);

/// In which zone are times shown?
enum class Zone { kUtc, kLocal };

/// RFC 3339 with microseconds in either zone, which it names:
/// `2026-09-26T14:44:53.103763Z`, `2026-09-26T23:44:53.103763+09:00`.
std::string timestamp(std::uint64_t time_ns, Zone zone);

/// `2026-09-26 14:44:53`, for where the zone is said beside it.
std::string date_and_time(std::uint64_t time_ns, Zone zone);

/// `UTC`, `+09:00`: how the zone is called at that time.
std::string zone_name(std::uint64_t time_ns, Zone zone);

/// The inverse of rfc3339; fraction optional, `Z` only. Nanoseconds.
std::optional<std::uint64_t> parse_rfc3339(std::string_view text);

/// `90s`, `15m`, `2h`, `7d` in nanoseconds; nullopt if it is none of them.
std::optional<std::uint64_t> parse_duration(std::string_view text);

/// Nanoseconds as milliseconds.
constexpr double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

/// CLOCK_REALTIME now, nanoseconds.
std::uint64_t wall_clock_ns();

/// CLOCK_MONOTONIC now, nanoseconds: the clock of live records.
std::uint64_t monotonic_ns();

}  // namespace mxray
