// SPDX-License-Identifier: Apache-2.0
// Which incidents belong together, and which of them are worth showing in full?
//
// Forgeries as waves (analysis/waves.h); of every other kind those about one server
// for one reason. 500 of them are one finding, not 500.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/waves.h"

namespace mxray {

struct Group {
  Kind kind = Kind::kForgedReply;          // of a wave that of most of its forgeries
  std::string reason;                      // of rejected; else empty
  std::optional<Wave> wave;                // of forgeries
  std::vector<const Incident*> incidents;  // by time
  std::vector<const Incident*> in_full;    // the clearest first
  std::size_t certain = 0;
  Tally servers;  // `203.131.198.80:25`
  Tally clients;  // addresses; the inside one if it is known

  [[nodiscard]] std::uint64_t start_ns() const { return incidents.front()->time_ns; }
  [[nodiscard]] std::uint64_t end_ns() const { return incidents.back()->time_ns; }
  [[nodiscard]] const Incident& clearest() const { return *in_full.front(); }
};

/// Waves first, then the other kinds; among either those with the most that is certain
/// first, then the largest. They point into
/// `incidents`, of which none is in two groups and none is left out.
std::vector<Group> group_incidents(const std::vector<Incident>& incidents);

}  // namespace mxray
