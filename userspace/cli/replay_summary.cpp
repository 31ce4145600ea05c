// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_summary.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

namespace mxray::cli {
namespace {

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

// `a, b and c`; empty for none.
std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::string flows(const Totals& totals) {
  std::uint64_t all = 0;
  std::vector<std::string> parts;
  for (std::size_t p = 1; p < core::PROTOCOL_COUNT; ++p) {
    if (totals.flows_opened[p] == 0) continue;
    all += totals.flows_opened[p];
    parts.push_back(
        fmt::format("{} {}", totals.flows_opened[p], name_of(static_cast<core::protocol>(p))));
  }
  return counted(all, "mail flow") + (parts.empty() ? "" : fmt::format(" ({})", listed(parts)));
}

std::string ident(const Totals& totals) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kIdentOutcomeCount; ++i) {
    if (totals.ident_outcomes[i] == 0) continue;
    parts.push_back(
        fmt::format("{} {}", totals.ident_outcomes[i], name_of(static_cast<IdentOutcome>(i))));
  }
  if (parts.empty()) return "No ident query was seen.";
  return fmt::format("Ident queries: {}.", listed(parts));
}

std::string skipped(const KernelStats& stats) {
  const auto sum = [&stats](std::initializer_list<core::counter> counters) {
    std::uint64_t total = 0;
    for (const core::counter counter : counters) total += stats.counters[counter];
    return total;
  };
  const std::uint64_t malformed = sum({core::COUNT_MALFORMED_LINK, core::COUNT_MALFORMED_IP,
                                       core::COUNT_MALFORMED_TCP, core::COUNT_MALFORMED_OPTIONS});
  std::vector<std::string> parts;
  if (malformed > 0) parts.push_back(counted(malformed, "malformed packet"));
  if (const auto n = sum({core::COUNT_FRAGMENT}); n > 0) parts.push_back(counted(n, "fragment"));
  if (const auto n = sum({core::COUNT_TUNNEL}); n > 0) {
    parts.push_back(counted(n, "tunnelled packet"));
  }
  return parts.empty() ? "Nothing was skipped." : fmt::format("Skipped: {}.", listed(parts));
}

}  // namespace

std::string replay_summary(const ReplayFigures& figures) {
  return fmt::format(
      "{}{} in {} of {}. {} {}",
      figures.incidents == 0 ? "No incident" : counted(figures.incidents, "incident"),
      figures.left_out == 0 ? "" : fmt::format(" ({} left out by filters)", figures.left_out),
      flows(figures.totals), counted(figures.packets, "packet"), ident(figures.totals),
      skipped(figures.stats));
}

}  // namespace mxray::cli
