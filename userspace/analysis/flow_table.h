// SPDX-License-Identifier: Apache-2.0
// Which connections are there, and which flows are one of them?
//
// A NAT gateway sees one connection more than once: before translation and
// after it, on two interfaces or, of a hairpin, twice on one; a bridge and its
// port add further copies. NAT changes addresses and ports but neither side's
// initial sequence number, so two flows that share both are legs of one
// connection if they also began together: their first SYNs, or their latest
// SYN-ACKs, passed within two seconds. A leg may start late, when the gateway lost the first SYNs
// (ARP, a rule that came later) or the first SYN-ACKs; the other packet of the
// handshake, or its repetition, then passed both legs at once. On one interface
// an address must differ, too: another port alone is another connection.
//
// The odds: a stranger must match 64 random bits (RFC 6528). Of a million flows
// that open within such a window 5 * 10^11 pairs can be made, of which 3 in
// 10^8 windows hold one that fits by chance; with the two moments that are
// compared, 6 in 10^8. Behind SYN cookies the server's number has 24 random bits
// and repeats for nobody but the same client's number: 2^-56 for a pair.
// Clients that always begin with the same number leave the server's 32 bits: of
// 100 of them within a window 1 in 10^6. Flows seen mid-stream have no numbers
// and are never joined.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/dialogue.h"
#include "analysis/host_pair.h"
#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "analysis/suspicion.h"
#include "base/address.h"
#include "record.h"

namespace mxray {

struct Flow;

/// The flows that one connection shows as, from the client's side to the server's.
struct Connection {
  std::vector<Flow*> legs;  // never empty; each is in the table
  bool told = false;        // its end was reported
  bool weighed = false;     // source_masked.cpp has judged its translation
  bool translated = false;  // counted as such
};

/// What analysis remembers of one flow. Each file of a kind of incident owns
/// the fields under its name. What few flows have lives apart: there are many flows.
struct Flow {
  core::flow_key key{};
  core::protocol protocol = core::PROTOCOL_NONE;
  core::handshake handshake{};
  FlowState state = FlowState::kWaiting;   // changed by FlowTable::enter() only
  std::shared_ptr<Connection> connection;  // changed by FlowTable only
  std::uint64_t opened_ns = 0;
  std::uint64_t rtt_ns = 0;
  std::uint64_t greeting_ns = 0;  // 0: not yet
  std::uint64_t closed_ns = 0;
  std::optional<int> last_reply_code;

  // forged_reply.cpp
  std::vector<Suspicion> suspicions;   // packets that raised signals, few
  std::unique_ptr<Suspicion> forged;   // the one that forged_reply tells of
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
  // Ids of incidents that tell of many connections, this one among them; see belongs_to().
  std::vector<std::string> shared_incidents;

  /// The incident tells of this connection, too.
  void belongs_to(const Incident& incident);
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
  template <typename Suits>
  Flow* other_leg(const Flow& flow, Suits suits) {
    for (Flow* leg : flow.connection->legs) {
      if (leg != &flow && suits(*leg)) return leg;
    }
    return nullptr;
  }
  /// The client's endpoint as it was before NAT: that of the first leg, if it
  /// differs from the flow's own.
  static std::optional<Endpoint> inside_client(const Flow& flow);
  /// Whether the flow is on the client's side of this gateway, where the server's
  /// packets come by when they have been routed; nullopt if the connection is seen
  /// in one place only.
  static std::optional<bool> is_inside(const Flow& flow);
  /// The state of the connection: that of the leg that knows most, closed once all
  /// are or its end was told.
  static FlowState state_of(const Connection& connection);
  /// Called for a connection that is closed but not told when a leg of it must go.
  void on_closed_let_go(std::function<void(Connection&)> call) {
    on_closed_let_go_ = std::move(call);
  }
  /// The end of the connection is told; it counts as closed.
  void tell(Connection& connection);

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
  /// How many connections there are now, however many legs each has; kept up, so
  /// that a scrape need not walk them.
  [[nodiscard]] const FlowCounts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }
  /// Connections ever seen before and after NAT.
  [[nodiscard]] std::uint64_t translated() const { return translated_; }

 private:
  using Position = std::list<Flow>::iterator;
  // By key, not by address: every run visits them in one order.
  using WaitingFlows = std::unordered_map<core::flow_key, Flow*>;
  static std::uint64_t sequence_key(const Flow& flow);
  static bool has_sequence(const Flow& flow);
  static bool is_leg_of(const Flow& other, const Flow& flow);
  static void sort_legs(Connection& connection);
  template <typename Visit>
  void visit_waiting(WaitingFlows& flows, Visit& visit) {
    for (auto entry = flows.begin(); entry != flows.end();) {
      Flow& flow = *entry->second;
      if (flow.state != FlowState::kWaiting) {
        entry = flows.erase(entry);
        continue;
      }
      ++entry;
      visit(flow);
    }
  }
  void link_legs(Flow& flow);
  void unlink_legs(Flow& flow);
  void join(const std::shared_ptr<Connection>& a, const std::shared_ptr<Connection>& b);
  void let_go(Flow& flow);
  void count_translation(Connection& connection);
  std::uint64_t& count_of(const Connection& connection);

  std::size_t max_flows_;
  std::list<Flow> flows_;  // the latest first
  std::unordered_map<core::flow_key, Position> by_key_;
  // A list's elements stay where they are, and let_go() takes a flow out of all.
  std::unordered_multimap<std::uint64_t, Flow*> by_sequence_;  // both ISNs
  std::unordered_map<HostPair, WaitingFlows> waiting_;
  std::function<void(Connection&)> on_closed_let_go_;
  FlowCounts counts_{};
  std::uint64_t forgotten_ = 0;
  std::uint64_t translated_ = 0;
};

/// Ports on which TLS comes first, so that no server greets: 465, 993, 995.
bool is_greeted(const Flow& flow);

}  // namespace mxray
