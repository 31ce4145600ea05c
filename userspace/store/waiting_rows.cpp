// SPDX-License-Identifier: Apache-2.0
#include "store/waiting_rows.h"

#include <algorithm>
#include <utility>

namespace mxray {

void WaitingRows::add(IncidentRow row) {
  const auto same = std::find_if(incidents_.begin(), incidents_.end(),
                                 [&](const IncidentRow& other) { return other.id == row.id; });
  if (same != incidents_.end()) {
    *same = std::move(row);
    return;
  }
  if (incidents_.size() == kMaxIncidents) {
    incidents_.pop_front();
    ++dropped_;
  }
  incidents_.push_back(std::move(row));
}

void WaitingRows::add(FlowRow row) {
  if (flows_.size() == kMaxFlows) {
    ++dropped_;
    return;
  }
  flows_.push_back(std::move(row));
}

void WaitingRows::add(PathRow row) {
  std::erase_if(paths_, [&](const PathRow& other) { return other.server == row.server; });
  if (paths_.size() == Store::kMaxPaths) {
    paths_.pop_front();
    ++dropped_;
  }
  paths_.push_back(std::move(row));
}

const IncidentRow* WaitingRows::find(std::string_view id) const {
  for (const IncidentRow& row : incidents_) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

const PathRow* WaitingRows::find(const Endpoint& server) const {
  for (const PathRow& row : paths_) {
    if (row.server == server) return &row;
  }
  return nullptr;
}

void WaitingRows::clear() {
  incidents_.clear();
  flows_.clear();
  paths_.clear();
}

}  // namespace mxray
