// SPDX-License-Identifier: Apache-2.0
// Which moment do --since and --until name?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mxray::cli {

/// Nanoseconds of the wall clock: `2h` (that long before `now_ns`), RFC 3339
/// (`2026-11-22T14:00:00Z`), `2026-11-22 14:00[:05]`, `2026-11-22`, `14:00` (the latest
/// there was before `now_ns`). What names no zone is in `zone`. nullopt for all else.
std::optional<std::uint64_t> parse_moment(std::string_view text, std::uint64_t now_ns, Zone zone);

/// --since and --until as they were given.
struct Period {
  std::string since;
  std::string until;

  /// Adds both; `what` says what must be in the period: `incidents`. Returns --until.
  CLI::Option* add_options(CLI::App& app, const std::string& what);

  [[nodiscard]] bool given() const { return !since.empty() || !until.empty(); }
  /// Wall clock; 0 without --since.
  [[nodiscard]] std::uint64_t since_ns(std::uint64_t now_ns, Zone zone) const;
  /// Wall clock; the end of time without --until.
  [[nodiscard]] std::uint64_t until_ns(std::uint64_t now_ns, Zone zone) const;
};

}  // namespace mxray::cli
