// SPDX-License-Identifier: Apache-2.0
// Which connections are there, and which two of them are one?
//
// A NAT gateway sees one connection twice: before translation on one interface,
// after it on the other. Masquerading changes addresses and ports but not the
// initial sequence numbers, so two flows on different interfaces that share
// both of them, opened within two seconds, are legs of one connection. Chance
// would have to match 64 random bits (RFC 6528): among a million flows opened
// within two seconds the odds of one wrong pair are under 1 in 10 million.
#pragma once

#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "analysis/dialogue.h"
#include "analysis/host_pair.h"
#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "analysis/suspicion.h"
#include "base/address.h"
#include "record.h"

namespace mxray {

/// What analysis remembers of one flow. Each file of a kind of incident owns
/// the fields under its name. Incidents are rare and large, so they live apart.
struct Flow {
  core::flow_key key{};
  core::protocol protocol = core::PROTOCOL_NONE;
  core::handshake handshake{};
  FlowState state = FlowState::kWaiting;  // changed by FlowTable::enter() only
  std::uint64_t opened_ns = 0;
  std::uint64_t rtt_ns = 0;
  std::uint64_t greeting_ns = 0;  // 0: not yet
  std::uint64_t closed_ns = 0;
  std::optional<int> last_reply_code;

  // forged_reply.cpp
  std::vector<Suspicion> suspicions;   // packets that raised signals, few
  std::optional<Suspicion> forged;     // the one that forged_reply tells of
  std::vector<core::segment> genuine;  // packets that a forged one contradicted
  std::unique_ptr<Incident> forged_reply;
  // Forgeries of the other kind in the same connection: told with the first, for
  // they are one attack.
  std::vector<Evidence> also_forged;
  // forged_reset.cpp
  std::vector<Suspicion> resets;
  std::vector<PacketRow> reset_rows;  // around those that look foreign
  bool constant_window = false;       // shown together with another connection
  std::unique_ptr<Incident> forged_reset;
  // dialogue.cpp
  std::unique_ptr<Spoken> spoken;  // on one leg of a connection only
  // waiting.cpp
  std::optional<core::flow_key> ident;  // the query that this flow waits on
  std::unique_ptr<Incident> waiting;
};

/// All flows, bounded: the one heard of longest ago is forgotten first.
class FlowTable {
 public:
  explicit FlowTable(std::size_t max_flows) : max_flows_(max_flows) {}

  /// The flow of a record, made or begun afresh if the handshake is a new one.
  Flow& touch(const core::record_header& header, const core::handshake* handshake);
  Flow* find(const core::flow_key& key);
  /// The flow is in `state` from now on.
  void enter(Flow& flow, FlowState state);

  /// Another leg of the flow's connection that `suits`; nullptr if there is none.
  /// A bridge and its port make a third leg.
  template <typename Suits>
  Flow* other_leg(const Flow& flow, Suits suits) {
    if (!has_sequence(flow)) return nullptr;
    const auto [begin, end] = by_sequence_.equal_range(sequence_key(flow));
    for (auto entry = begin; entry != end; ++entry) {
      Flow* other = find(entry->second);
      if (other != nullptr && is_leg_of(*other, flow) && suits(*other)) return other;
    }
    return nullptr;
  }
  /// The client's endpoint as it was before NAT: that of a leg whose SYN came
  /// first, if it differs from the flow's own; nullopt if there is no such leg.
  std::optional<Endpoint> inside_client(const Flow& flow);
  /// Whether the flow's interface is the client's side of this gateway, where the
  /// server's packets come by when they have been routed; nullopt if the
  /// connection is seen on one interface only.
  std::optional<bool> is_inside(const Flow& flow);

  /// Calls `visit` for every flow that still waits for its greeting.
  template <typename Visit>
  void for_each_waiting(Visit visit) {
    for (auto entry = waiting_.begin(); entry != waiting_.end();) {
      visit_waiting(entry->second, visit);
      entry = entry->second.empty() ? waiting_.erase(entry) : std::next(entry);
    }
  }
  /// The same, for those between two hosts only, seen on that interface.
  template <typename Visit>
  void for_each_waiting(const HostPair& hosts, Visit visit) {
    if (const auto entry = waiting_.find(hosts); entry != waiting_.end()) {
      visit_waiting(entry->second, visit);
    }
  }

  [[nodiscard]] const std::list<Flow>& flows() const { return flows_; }
  /// How many flows there are now; kept up, so that a scrape need not walk them.
  [[nodiscard]] const FlowCounts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  using Position = std::list<Flow>::iterator;
  static std::uint64_t sequence_key(const Flow& flow);
  static bool has_sequence(const Flow& flow);
  static bool is_leg_of(const Flow& other, const Flow& flow);
  template <typename Visit>
  void visit_waiting(std::unordered_set<core::flow_key>& keys, Visit& visit) {
    for (auto key = keys.begin(); key != keys.end();) {
      Flow* flow = find(*key);
      if (flow == nullptr || flow->state != FlowState::kWaiting) {
        key = keys.erase(key);
        continue;
      }
      ++key;
      visit(*flow);
    }
  }
  void link_legs(const Flow& flow);
  void unlink_legs(const Flow& flow);
  void let_go(const Flow& flow);
  std::uint64_t& count_of(const Flow& flow);

  std::size_t max_flows_;
  std::list<Flow> flows_;  // the latest first
  std::unordered_map<core::flow_key, Position> by_key_;
  std::unordered_multimap<std::uint64_t, core::flow_key> by_sequence_;  // both ISNs
  std::unordered_map<HostPair, std::unordered_set<core::flow_key>> waiting_;
  FlowCounts counts_{};
  std::uint64_t forgotten_ = 0;
};

/// Ports on which TLS comes first, so that no server greets: 465, 993, 995.
bool is_greeted(const Flow& flow);

}  // namespace mxray
