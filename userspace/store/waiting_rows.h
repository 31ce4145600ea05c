// SPDX-License-Identifier: Apache-2.0
// What waits for the disk, and what is given up when it waits too long?
//
// All queues are bounded, so that a disk that stays away costs a fixed amount of
// memory. Of incidents and paths the latest are worth most; of flow summaries
// none is worth the work of choosing.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "store/rows.h"

namespace mxray {

class WaitingRows {
 public:
  static constexpr std::size_t kMaxIncidents = 1024;
  static constexpr std::size_t kMaxFlows = 4096;

  /// A row of the same id is replaced; of too many the oldest goes.
  void add(IncidentRow row);
  /// Of too many the newest goes.
  void add(FlowRow row);
  /// A row of the same server and port is replaced; of too many the oldest goes.
  void add(PathRow row);

  [[nodiscard]] bool empty() const { return size() == 0; }
  /// Half full: at this rate some would have to be given up.
  [[nodiscard]] bool is_crowded() const {
    return incidents_.size() >= kMaxIncidents / 2 || flows_.size() >= kMaxFlows / 2;
  }
  [[nodiscard]] std::size_t size() const {
    return incidents_.size() + flows_.size() + paths_.size();
  }
  [[nodiscard]] const std::deque<IncidentRow>& incidents() const { return incidents_; }
  [[nodiscard]] const std::vector<FlowRow>& flows() const { return flows_; }
  [[nodiscard]] const std::deque<PathRow>& paths() const { return paths_; }
  [[nodiscard]] const IncidentRow* find(std::string_view id) const;
  [[nodiscard]] const PathRow* find(const Endpoint& server) const;
  /// Rows given up since the start.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  void clear();

 private:
  std::deque<IncidentRow> incidents_;
  std::vector<FlowRow> flows_;
  std::deque<PathRow> paths_;
  std::uint64_t dropped_ = 0;
};

}  // namespace mxray
