// SPDX-License-Identifier: Apache-2.0
#include "daemon/recalled.h"

#include <algorithm>

namespace mxray {
namespace {

// The store writes once a second; a disk that is busy for longer has had its turn.
constexpr std::uint64_t kUnwritten_ns = 10'000'000'000;

}  // namespace

void Recalled::closed(const FlowView& flow) {
  while (!closed_.empty() && closed_.front().told_ns + kUnwritten_ns < now_ns_) {
    closed_.pop_front();
  }
  closed_.push_back({now_ns_, flow});
}

std::vector<Incident> Recalled::unknown_to(const IncidentBoard& board) const {
  std::vector<Incident> unknown;
  for (const auto& [id, incident] : incidents_) {
    const Incident* known = board.find(id);
    if (known == nullptr || known->amendments < incident.amendments) unknown.push_back(incident);
  }
  std::ranges::sort(unknown, {}, &Incident::time_ns);
  return unknown;
}

std::vector<FlowView> Recalled::perhaps_unwritten() const {
  std::vector<FlowView> flows;
  for (const Closed& one : closed_) {
    if (one.told_ns + kUnwritten_ns >= now_ns_) flows.push_back(one.flow);
  }
  return flows;
}

bool is_kept(Store& store, const FlowView& flow) {
  const auto page = store.flows_opened({.since_ns = flow.opened_ns, .until_ns = flow.opened_ns});
  return std::ranges::any_of(page.flows, [&flow](const FlowView& kept) {
    return kept.client == flow.client && kept.server == flow.server;
  });
}

}  // namespace mxray
