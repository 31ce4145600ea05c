// SPDX-License-Identifier: Apache-2.0
// Which incidents are the latest, and in which order did they become known?
//
// Kept in memory, so that answers come even if the disk is broken. Each raise
// and each amendment gets a revision: a client that remembers the last one it
// saw asks for what came after it and misses nothing.
//
// A revision is the time of the news in microseconds, raised by one where that
// would not rise. So revisions also rise across restarts, and a client that
// follows need not notice one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/incident.h"

namespace mxray {

class IncidentBoard {
 public:
  /// Holds the `capacity` incidents with the highest revisions, at least one.
  explicit IncidentBoard(std::size_t capacity);

  /// Adds an incident, or replaces the one of the same id. `now_ns` is the time
  /// of the news, wall clock. Returns its revision.
  std::uint64_t put(const Incident& incident, std::uint64_t now_ns);

  /// nullptr if it is not here (any more); valid until the next put().
  [[nodiscard]] const Incident* find(std::string_view id) const;

  /// Calls `visit` for all with a revision above `after`, by rising revision.
  void visit(std::uint64_t after,
             const std::function<void(std::uint64_t revision, const Incident&)>& visit) const;

  /// The `count` with the highest revisions, the highest first; valid until the
  /// next put().
  [[nodiscard]] std::vector<const Incident*> latest(std::size_t count) const;

  /// Wall clock: of incidents proved since then none was pushed out; 0 while
  /// there is room.
  [[nodiscard]] std::uint64_t complete_since_ns() const;

  [[nodiscard]] std::size_t size() const { return by_revision_.size(); }

 private:
  std::size_t capacity_;
  std::uint64_t last_revision_ = 0;
  std::map<std::uint64_t, Incident> by_revision_;
  std::unordered_map<std::string, std::uint64_t> revision_of_;  // by id
};

}  // namespace mxray
