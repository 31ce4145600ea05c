// SPDX-License-Identifier: Apache-2.0
#include "daemon/status_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <span>

namespace mxray {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

std::uint64_t sum(std::span<const std::uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

}  // namespace

std::vector<std::string> interfaces_of(const KernelStats& kernel) {
  std::vector<std::string> names;
  for (const Attachment& attachment : kernel.attachments) add_once(names, attachment.interface);
  return names;
}

std::string status_line(const KernelStats& kernel, const Totals& totals, const StoreHealth& store,
                        const ReloadProblems& reload_problems) {
  std::vector<std::string> watched, unwatched;
  for (const Attachment& attachment : kernel.attachments) {
    if (attachment.hook == "none") add_once(unwatched, attachment.interface);
  }
  for (const Attachment& attachment : kernel.attachments) {
    const bool complete = std::ranges::find(unwatched, attachment.interface) == unwatched.end();
    if (complete) add_once(watched, attachment.interface);
  }
  std::string line =
      watched.empty() ? "watching nothing" : fmt::format("watching {}", fmt::join(watched, ", "));
  std::uint64_t incidents = 0;
  for (const auto& by_confidence : totals.incidents) incidents += sum(by_confidence);
  line += fmt::format("; {} connections, {} incidents since the start", sum(totals.flows_opened),
                      incidents);
  if (!unwatched.empty()) {
    line += fmt::format("; not or only half watched: {}", fmt::join(unwatched, ", "));
  }
  if (!store.problem.empty()) line += fmt::format("; incident store: {}", store.problem);
  for (const std::string& sentence : sentences(reload_problems)) line += "; " + sentence;
  return line;
}

}  // namespace mxray
