// SPDX-License-Identifier: Apache-2.0
#include "daemon/incident_board.h"

#include <algorithm>

namespace mxray {

IncidentBoard::IncidentBoard(std::size_t capacity)
    : capacity_(std::max<std::size_t>(capacity, 1)) {}

std::uint64_t IncidentBoard::put(const Incident& incident, std::uint64_t now_ns) {
  last_revision_ = std::max(last_revision_ + 1, now_ns / 1000);
  const auto [known, is_new] = revision_of_.try_emplace(incident.id, last_revision_);
  if (!is_new) {
    by_revision_.erase(known->second);
    known->second = last_revision_;
  }
  by_revision_.emplace_hint(by_revision_.end(), last_revision_, incident);
  if (by_revision_.size() > capacity_) {
    revision_of_.erase(by_revision_.begin()->second.id);
    by_revision_.erase(by_revision_.begin());
  }
  return last_revision_;
}

const Incident* IncidentBoard::find(std::string_view id) const {
  const auto known = revision_of_.find(std::string(id));
  return known == revision_of_.end() ? nullptr : &by_revision_.at(known->second);
}

void IncidentBoard::visit(
    std::uint64_t after,
    const std::function<void(std::uint64_t revision, const Incident&)>& visit) const {
  for (auto next = by_revision_.upper_bound(after); next != by_revision_.end(); ++next) {
    visit(next->first, next->second);
  }
}

std::vector<const Incident*> IncidentBoard::latest(std::size_t count) const {
  std::vector<const Incident*> newest;
  for (auto next = by_revision_.rbegin(); next != by_revision_.rend() && newest.size() < count;
       ++next) {
    newest.push_back(&next->second);
  }
  return newest;
}

// A revision is no earlier than its packet, and all below the lowest are gone.
std::uint64_t IncidentBoard::complete_since_ns() const {
  return by_revision_.size() < capacity_ ? 0 : by_revision_.begin()->first * 1000;
}

}  // namespace mxray
