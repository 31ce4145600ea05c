// SPDX-License-Identifier: Apache-2.0
// How far can the report be trusted to have seen everything?
#include <fmt/format.h>

#include <algorithm>

#include "format/period.h"
#include "report/sections.h"
#include "report/tables.h"
#include "report/words.h"

namespace mxray {
namespace {

constexpr std::size_t kMostNames = 32;

std::string losses(const DaemonStatus& status) {
  if (status.records_lost == 0) return "none: every packet that told something was judged";
  return fmt::format(
      "{} records were lost before they could be judged, so there may be more "
      "incidents than these",
      status.records_lost);
}

// Traffic that mxray saw and did not look into.
std::string not_judged(const KernelStats& kernel) {
  const auto& counters = kernel.counters;
  const std::uint64_t malformed =
      counters[core::COUNT_MALFORMED_LINK] + counters[core::COUNT_MALFORMED_IP] +
      counters[core::COUNT_MALFORMED_TCP] + counters[core::COUNT_MALFORMED_OPTIONS];
  return fmt::format("{} malformed packets, {} fragments, {} packets in tunnels", malformed,
                     counters[core::COUNT_FRAGMENT], counters[core::COUNT_TUNNEL]);
}

std::string connections(const Totals& totals) {
  std::string parts;
  std::uint64_t all = 0;
  for (std::size_t i = 1; i < core::PROTOCOL_COUNT; ++i) {
    if (totals.flows_opened[i] == 0) continue;
    all += totals.flows_opened[i];
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", totals.flows_opened[i],
                         name_of(static_cast<core::protocol>(i)));
  }
  return parts.empty() ? "none" : fmt::format("{} ({})", all, parts);
}

std::vector<Fact> facts_of_captures(const CaptureFacts& captures) {
  std::vector<Fact> facts = {{"Source", "capture files: " + joined(captures.files, kMostNames)},
                             {"Packets", std::to_string(captures.packets)}};
  if (captures.packets > 0) {
    facts.push_back(
        {"Captured", period_in_words(captures.first_packet_ns, captures.last_packet_ns)});
  }
  if (!captures.problem.empty()) facts.push_back({"Incomplete", captures.problem});
  return facts;
}

std::vector<Fact> facts_of_daemon(const ReportInput& input) {
  const DaemonStatus& status = input.status;
  const auto up = static_cast<std::uint64_t>(std::max(0.0, status.uptime_seconds) * 1e9);
  std::vector<Fact> facts = {
      {"Source", "mxrayd, which watches the gateway's own traffic and changes none of it"},
      {"Running since", moment(input.made_ns - std::min(up, input.made_ns))}};
  if (up < input.made_ns && input.made_ns - up > input.since_ns) {
    facts.push_back({"Beware",
                     "it started within the period of this report; what came before was "
                     "seen by an earlier run, or by none"});
  }
  if (input.complete_since_ns > input.since_ns) {
    facts.push_back({"Incomplete", fmt::format("its list is full, so incidents before {} may be "
                                               "missing",
                                               moment(input.complete_since_ns))});
  }
  facts.push_back({"Store", status.store.detail.empty()
                                ? status.store.state
                                : status.store.state + ", " + status.store.detail});
  return facts;
}

Html attachments(const KernelStats& kernel) {
  if (kernel.attachments.empty()) return {};
  std::vector<HtmlRow> rows;
  for (const Attachment& attachment : kernel.attachments) {
    if (rows.size() == 2 * kMostNames) break;
    rows.push_back(
        {{attachment.interface, attachment.direction, attachment.hook, attachment.reason}});
  }
  return element("h3", "Interfaces") + table("Interfaces",
                                             {"interface", "direction", "hook", "why this one"},
                                             rows, "plain-table");
}

}  // namespace

Html monitor(const ReportInput& input) {
  const DaemonStatus& status = input.status;
  std::vector<Fact> facts = {{"Made by", "mxray " + status.version}};
  const auto source = input.captures ? facts_of_captures(*input.captures) : facts_of_daemon(input);
  facts.insert(facts.end(), source.begin(), source.end());
  facts.push_back({"Connections", connections(status.totals) +
                                      (input.captures ? "" : ", since the daemon started")});
  facts.push_back({"Lost", losses(status)});
  facts.push_back({"Not looked into", not_judged(status.kernel)});
  if (input.anonymity.on) {
    facts.push_back({"Withheld",
                     "inside addresses (client-1, host-1, network-1), names of interfaces and "
                     "files, and each word of a reply that stock replies are not made of (word-1); "
                     "one name is the same thing in the whole page"});
  }
  return fact_list(facts) + attachments(status.kernel);
}

}  // namespace mxray
