// SPDX-License-Identifier: Apache-2.0
// When did what happen? One row a kind, counted in equal parts of the period.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "format/period.h"
#include "report/plot.h"
#include "report/sections.h"
#include "report/words.h"

namespace mxray {
namespace {

constexpr std::size_t kBins = 120;
constexpr double kRowHeight = 46;
constexpr double kMostBar = 24;

using Counts = std::array<std::size_t, kBins>;

// `22 s`, `12 min`, `1.2 h`
std::string in_words(double seconds) {
  if (seconds < 90) return fmt::format("{:.2g} s", seconds);
  return seconds < 5400 ? fmt::format("{:.0f} min", seconds / 60)
                        : fmt::format("{:.1f} h", seconds / 3600);
}

Html row(Kind kind, const Counts& counts, double top, double bin_seconds) {
  std::size_t all = 0;
  std::size_t most = 0;
  for (const std::size_t count : counts) {
    all += count;
    most = std::max(most, count);
  }
  const plot::Scale scale(0, kBins);
  const double base = top + kRowHeight;
  Html drawn = plot::label(scale.percent(0), top + 15, "start", counted(all, kind));
  const std::string peak =
      most > 1 ? fmt::format("at most {} in {}", most, in_words(bin_seconds)) : "";
  drawn += plot::label(98.5, top + 15, "end", peak);
  for (std::size_t i = 0; i < kBins; ++i) {
    if (counts[i] == 0) continue;
    const double height =
        std::max(4.0, kMostBar * static_cast<double>(counts[i]) / static_cast<double>(most));
    const auto at = static_cast<double>(i);
    drawn += plot::bar(scale.percent(at), scale.percent(at + 0.8), base - height, height,
                       is_forgery(kind) ? Literal("forged") : Literal("genuine"),
                       std::to_string(counts[i]));
  }
  return drawn + plot::line(0, base, 100, base, "axis");
}

}  // namespace

Html timeline(const std::vector<Incident>& incidents, std::uint64_t since_ns,
              std::uint64_t until_ns) {
  if (incidents.empty()) return {};
  const double extent = static_cast<double>(std::max(until_ns, since_ns + 1) - since_ns);
  const plot::Scale scale(0, extent);
  std::array<Counts, kKindCount> counts{};
  std::array<std::size_t, kKindCount> totals{};
  for (const Incident& incident : incidents) {
    const double after =
        incident.time_ns < since_ns ? 0 : static_cast<double>(incident.time_ns - since_ns);
    const auto bin = static_cast<std::size_t>(after / extent * kBins);
    const auto kind = static_cast<std::size_t>(incident.kind);
    ++counts.at(kind)[std::min(bin, kBins - 1)];
    ++totals.at(kind);
  }
  Html rows;
  std::string seen;
  double height = 0;
  for (std::size_t i = 0; i < kKindCount; ++i) {
    if (totals[i] == 0) continue;
    const auto kind = static_cast<Kind>(i);
    rows += row(kind, counts[i], height, extent / kBins / 1e9);
    height += kRowHeight;
    seen += (seen.empty() ? "" : ", ") + counted(totals[i], kind);
  }
  return plot::figure("Incidents over time", seen, height + 22,
                      plot::axis(scale, plot::time_ticks(scale, since_ns), height, 0) + rows,
                      period_in_words(since_ns, until_ns) + ".");
}

}  // namespace mxray
