// SPDX-License-Identifier: Apache-2.0
// Which ident queries were made, and what became of each?
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analysis/host_pair.h"
#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "record.h"

namespace mxray {

/// One connection attempt of a mail server to port 113.
struct IdentQuery {
  core::flow_key key{};  // client: the asking server, server: the asked address
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  std::uint32_t queries = 0;
  std::optional<IdentOutcome> outcome;  // nullopt: nothing heard yet
  std::uint64_t answer_ns = 0;
  std::optional<core::flow_key> flow;  // the mail flow that waits on it
  std::vector<PacketRow> rows;
};

/// Nothing came back, as far as is known now.
inline bool is_unanswered(const IdentQuery& query) {
  return !query.outcome || *query.outcome == IdentOutcome::kDropped;
}

/// Bounded: the oldest queries are forgotten first.
class IdentTable {
 public:
  /// Takes the record in and answers its query.
  IdentQuery& update(const core::record_ident& record);
  IdentQuery* find(const core::flow_key& key);

  /// The earliest query of `server` to `asked` on that interface made since
  /// `since_ns` that no flow has claimed; nullptr if there is none.
  IdentQuery* unclaimed(const core::flow_key& flow, std::uint64_t since_ns);

  /// From now on `flow` is the one that waits on it.
  void claim(IdentQuery& query, const core::flow_key& flow);

  /// Calls `visit` for every query nothing was heard of since before `ns`.
  template <typename Visit>
  void for_each_silent(std::uint64_t ns, Visit visit) {
    for (IdentQuery& query : queries_) {
      if (!query.outcome && query.first_ns < ns) visit(query);
    }
  }

 private:
  using Position = std::list<IdentQuery>::iterator;
  void forget(Position query);

  std::list<IdentQuery> queries_;  // the latest first
  std::unordered_map<core::flow_key, Position> by_key_;
  std::unordered_map<HostPair, std::vector<Position>> unclaimed_;  // by who may claim it
};

}  // namespace mxray
