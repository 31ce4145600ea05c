// SPDX-License-Identifier: Apache-2.0
// Which moment do --since and --until name?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mxray::cli {

/// Nanoseconds of the wall clock: `2h` (that long before `now_ns`), RFC 3339
/// (`2026-11-22T14:00:00Z`), `2026-11-22 14:00[:05]`, `2026-11-22`, `14:00` (the latest
/// there was before `now_ns`). What names no zone is in `zone`. The error says of all else
/// how a time is written, or that it lies outside of 1970 to 2262, the years that a signed
/// 64-bit count of nanoseconds has.
Result<std::uint64_t> parse_moment(std::string_view text, std::uint64_t now_ns, Zone zone);

/// From one moment to another, both included; nanoseconds of the wall clock.
struct Span {
  std::uint64_t since_ns = 0;
  std::uint64_t until_ns = 0;
};

/// --since and --until as they were given.
struct Period {
  std::string since;
  std::string until;

  /// Adds both; `what` says what must be in the period: `incidents`. Returns --until.
  CLI::Option* add_options(CLI::App& app, const std::string& what);

  [[nodiscard]] bool given() const { return !since.empty() || !until.empty(); }
  /// From the begin of time without --since, to its end without --until. An error if the
  /// first is later than the second, or than now: an empty answer would read as `nothing
  /// happened`.
  [[nodiscard]] Result<Span> span(std::uint64_t now_ns, Zone zone) const;
};

}  // namespace mxray::cli
