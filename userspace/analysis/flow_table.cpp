// SPDX-License-Identifier: Apache-2.0
#include "analysis/flow_table.h"

#include <algorithm>

namespace mxray {
namespace {

constexpr std::uint64_t kLegsApart_ns = 2'000'000'000;
// Who sends both directions of made-up connections gives all the same numbers;
// each look-up would walk them all.
constexpr std::size_t kMostLegs = 8;

bool are_near(std::uint64_t a_ns, std::uint64_t b_ns) {
  return a_ns != 0 && b_ns != 0 && std::max(a_ns, b_ns) - std::min(a_ns, b_ns) <= kLegsApart_ns;
}

}  // namespace

std::uint64_t FlowTable::sequence_key(const Flow& flow) {
  return (std::uint64_t{flow.handshake.client_isn} << 32) | flow.handshake.server_isn;
}

bool FlowTable::has_sequence(const Flow& flow) {
  return flow.handshake.midstream == 0 && flow.handshake.syn_time_ns != 0;
}

bool FlowTable::is_leg_of(const Flow& other, const Flow& flow) {
  if (other.key.interface == flow.key.interface && other.key.client == flow.key.client &&
      other.key.server == flow.key.server) {
    return false;
  }
  const core::handshake &a = other.handshake, &b = flow.handshake;
  return are_near(a.syn_time_ns, b.syn_time_ns) || are_near(a.syn_ack_time_ns, b.syn_ack_time_ns) ||
         are_near(a.last_syn_ack_time_ns, b.last_syn_ack_time_ns);
}

// Nearer to the server the answer comes sooner after the SYN, even if two
// captures are joined whose clocks differ by more than the gateway takes.
void FlowTable::sort_legs(Connection& connection) {
  const auto answered_after = [](const Flow& flow) {
    const core::handshake& handshake = flow.handshake;
    return handshake.syn_ack_time_ns - std::min(handshake.syn_time_ns, handshake.syn_ack_time_ns);
  };
  std::stable_sort(connection.legs.begin(), connection.legs.end(),
                   [&](const Flow* a, const Flow* b) {
                     const std::uint64_t wait_a = answered_after(*a), wait_b = answered_after(*b);
                     return wait_a != wait_b ? wait_a > wait_b
                                             : a->handshake.syn_time_ns < b->handshake.syn_time_ns;
                   });
}

void Flow::belongs_to(const Incident& incident) {
  auto& ids = shared_incidents;
  if (std::find(ids.begin(), ids.end(), incident.id) == ids.end()) ids.push_back(incident.id);
}

bool is_greeted(const Flow& flow) {
  const std::uint16_t port = flow.key.server_port;
  return flow.handshake.midstream == 0 && flow.handshake.syn_time_ns != 0 && port != 465 &&
         port != 993 && port != 995 &&
         (flow.protocol == core::PROTOCOL_SMTP || flow.protocol == core::PROTOCOL_POP3 ||
          flow.protocol == core::PROTOCOL_IMAP);
}

Flow* FlowTable::find(const core::flow_key& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &*found->second;
}

Flow& FlowTable::touch(const core::record_header& header, const core::handshake* handshake) {
  if (const auto found = by_key_.find(header.flow); found != by_key_.end()) {
    flows_.splice(flows_.begin(), flows_, found->second);
    Flow& flow = *found->second;
    const bool another =
        handshake != nullptr && handshake->midstream == 0 &&
        (flow.handshake.midstream != 0 ? handshake->syn_time_ns > flow.opened_ns
                                       : handshake->client_isn != flow.handshake.client_isn);
    if (!another) {
      if (handshake != nullptr && handshake->midstream == 0) {
        unlink_legs(flow);
        flow.handshake = *handshake;
        link_legs(flow);
      }
      return flow;
    }
    // The port is used again: nothing of the old connection concerns the new.
    let_go(flow);
    flows_.pop_front();
    by_key_.erase(found);
  }
  if (flows_.size() >= max_flows_ && !flows_.empty()) {
    let_go(flows_.back());
    by_key_.erase(flows_.back().key);
    flows_.pop_back();
    ++forgotten_;
  }
  Flow& flow = flows_.emplace_front();
  flow.key = header.flow;
  flow.protocol = static_cast<core::protocol>(header.protocol);
  flow.opened_ns = header.time_ns;
  if (handshake != nullptr) {
    flow.handshake = *handshake;
    if (handshake->syn_time_ns != 0) flow.opened_ns = handshake->syn_time_ns;
  } else {
    flow.handshake.midstream = 1;
  }
  if (flow.handshake.midstream != 0) flow.state = FlowState::kDialogue;
  flow.connection = std::make_shared<Connection>(Connection{.legs = {&flow}});
  ++count_of(*flow.connection);
  by_key_[flow.key] = flows_.begin();
  link_legs(flow);
  if (is_greeted(flow)) waiting_[hosts_of(flow.key)].emplace(flow.key, &flow);
  return flow;
}

void FlowTable::link_legs(Flow& flow) {
  if (!has_sequence(flow)) return;
  const auto [begin, end] = by_sequence_.equal_range(sequence_key(flow));
  std::size_t others = 0;
  Flow* leg = nullptr;
  for (auto entry = begin; entry != end; ++entry, ++others) {
    if (leg == nullptr && is_leg_of(*entry->second, flow)) leg = entry->second;
  }
  if (others < kMostLegs) by_sequence_.emplace(sequence_key(flow), &flow);
  if (leg != nullptr) join(leg->connection, flow.connection);
}

void FlowTable::join(const std::shared_ptr<Connection>& a, const std::shared_ptr<Connection>& b) {
  if (a == b) {  // a repeated SYN-ACK told more of the order
    --count_of(*a);
    sort_legs(*a);
    ++count_of(*a);
    return;
  }
  if (a->legs.size() + b->legs.size() > kMostLegs) return;
  --count_of(*a);
  --count_of(*b);
  const std::shared_ptr<Connection>& whole = a;
  // `b` is what the loop changes. NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
  const std::shared_ptr<Connection> part = b;
  for (Flow* leg : part->legs) {
    whole->legs.push_back(leg);
    leg->connection = whole;
  }
  whole->told = whole->told || part->told;
  whole->weighed = whole->weighed || part->weighed;
  whole->translated = whole->translated || part->translated;
  sort_legs(*whole);
  count_translation(*whole);
  ++count_of(*whole);
}

// A bridge and its port show the same addresses: that is no translation.
void FlowTable::count_translation(Connection& connection) {
  const core::flow_key &first = connection.legs.front()->key, &last = connection.legs.back()->key;
  const bool is_same = first.client == last.client && first.server == last.server;
  if (is_same || connection.translated) return;
  connection.translated = true;
  ++translated_;
}

void FlowTable::unlink_legs(Flow& flow) {
  auto [entry, end] = by_sequence_.equal_range(sequence_key(flow));
  while (entry != end) {
    entry = entry->second == &flow ? by_sequence_.erase(entry) : std::next(entry);
  }
}

void FlowTable::let_go(Flow& flow) {
  unlink_legs(flow);
  Connection& connection = *flow.connection;
  if (on_closed_let_go_ && !connection.told && state_of(connection) == FlowState::kClosed) {
    on_closed_let_go_(connection);
  }
  --count_of(connection);
  std::erase(connection.legs, &flow);
  if (!connection.legs.empty()) ++count_of(connection);
  if (const auto waiting = waiting_.find(hosts_of(flow.key)); waiting != waiting_.end()) {
    waiting->second.erase(flow.key);
    if (waiting->second.empty()) waiting_.erase(waiting);
  }
}

std::uint64_t& FlowTable::count_of(const Connection& connection) {
  return counts_.at(connection.legs.back()->protocol)
      .at(static_cast<std::size_t>(state_of(connection)));
}

FlowState FlowTable::state_of(const Connection& connection) {
  std::optional<FlowState> open;
  for (const Flow* leg : connection.legs) {
    if (leg->state != FlowState::kClosed) open = std::max(open.value_or(leg->state), leg->state);
  }
  return connection.told ? FlowState::kClosed : open.value_or(FlowState::kClosed);
}

void FlowTable::enter(Flow& flow, FlowState state) {
  --count_of(*flow.connection);
  flow.state = state;
  ++count_of(*flow.connection);
}

void FlowTable::tell(Connection& connection) {
  --count_of(connection);
  connection.told = true;
  ++count_of(connection);
}

std::optional<Endpoint> FlowTable::inside_client(const Flow& flow) {
  const Flow& first = *flow.connection->legs.front();
  const Endpoint client{first.key.client, first.key.client_port};
  if (client == Endpoint{flow.key.client, flow.key.client_port}) return std::nullopt;
  return client;
}

std::optional<bool> FlowTable::is_inside(const Flow& flow) {
  const std::vector<Flow*>& legs = flow.connection->legs;
  if (legs.size() < 2) return std::nullopt;
  return legs.back() != &flow;
}

}  // namespace mxray
