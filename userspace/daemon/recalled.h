// SPDX-License-Identifier: Apache-2.0
// What does the analysis say when it hears again what it heard before a restart, and
// what of that is news?
//
// Nearly all of it was kept then. But the daemon before may have been killed between
// two writes to the disk: what it said in its last seconds may be missing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "daemon/incident_board.h"
#include "store/store.h"

namespace mxray {

class Recalled {
 public:
  void second(std::uint64_t now_ns) { now_ns_ = now_ns; }
  void incident(const Incident& incident) { incidents_.insert_or_assign(incident.id, incident); }
  void closed(const FlowView& flow);

  /// What has become of each incident that `board` does not have in this form.
  [[nodiscard]] std::vector<Incident> unknown_to(const IncidentBoard& board) const;

  /// Flows that were told so late that they may not have reached the disk.
  [[nodiscard]] std::vector<FlowView> perhaps_unwritten() const;

 private:
  struct Closed {
    std::uint64_t told_ns;
    FlowView flow;
  };
  std::uint64_t now_ns_ = 0;
  std::map<std::string, Incident> incidents_;  // the latest form of each
  std::deque<Closed> closed_;                  // the latest only
};

/// Whether the store has a closed flow between these two ends that opened then.
bool is_kept(Store& store, const FlowView& flow);

}  // namespace mxray
