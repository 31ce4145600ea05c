// SPDX-License-Identifier: Apache-2.0
#include "analysis/flow_table.h"

#include <algorithm>

namespace mxray {
namespace {

constexpr std::uint64_t kLegsApart_ns = 2'000'000'000;
// Who sends both directions of made-up connections gives all the same numbers;
// each look-up would walk them all.
constexpr std::size_t kMostLegs = 8;

}  // namespace

std::uint64_t FlowTable::sequence_key(const Flow& flow) {
  return (std::uint64_t{flow.handshake.client_isn} << 32) | flow.handshake.server_isn;
}

bool FlowTable::has_sequence(const Flow& flow) {
  return flow.handshake.midstream == 0 && flow.handshake.syn_time_ns != 0;
}

bool FlowTable::is_leg_of(const Flow& other, const Flow& flow) {
  if (other.key.interface == flow.key.interface) return false;
  const std::uint64_t a = other.handshake.syn_time_ns, b = flow.handshake.syn_time_ns;
  return std::max(a, b) - std::min(a, b) <= kLegsApart_ns;
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
  ++count_of(flow);
  by_key_[flow.key] = flows_.begin();
  link_legs(flow);
  if (is_greeted(flow)) waiting_[hosts_of(flow.key)].insert(flow.key);
  return flow;
}

void FlowTable::link_legs(const Flow& flow) {
  if (!has_sequence(flow)) return;
  const std::uint64_t key = sequence_key(flow);
  if (by_sequence_.count(key) < kMostLegs) by_sequence_.emplace(key, flow.key);
}

void FlowTable::unlink_legs(const Flow& flow) {
  auto [entry, end] = by_sequence_.equal_range(sequence_key(flow));
  while (entry != end) {
    entry = entry->second == flow.key ? by_sequence_.erase(entry) : std::next(entry);
  }
}

void FlowTable::let_go(const Flow& flow) {
  unlink_legs(flow);
  --count_of(flow);
  if (const auto waiting = waiting_.find(hosts_of(flow.key)); waiting != waiting_.end()) {
    waiting->second.erase(flow.key);
    if (waiting->second.empty()) waiting_.erase(waiting);
  }
}

std::uint64_t& FlowTable::count_of(const Flow& flow) {
  return counts_.at(flow.protocol).at(static_cast<std::size_t>(flow.state));
}

void FlowTable::enter(Flow& flow, FlowState state) {
  --count_of(flow);
  flow.state = state;
  ++count_of(flow);
}

std::optional<Endpoint> FlowTable::inside_client(const Flow& flow) {
  const Endpoint own{flow.key.client, flow.key.client_port};
  const Flow* inner = other_leg(flow, [&](const Flow& other) {
    return other.handshake.syn_time_ns <= flow.handshake.syn_time_ns &&
           !(Endpoint{other.key.client, other.key.client_port} == own);
  });
  if (inner == nullptr) return std::nullopt;
  return Endpoint{inner->key.client, inner->key.client_port};
}

std::optional<bool> FlowTable::is_inside(const Flow& flow) {
  const Flow* other = other_leg(flow, [](const Flow&) { return true; });
  if (other == nullptr) return std::nullopt;
  return flow.handshake.syn_time_ns < other->handshake.syn_time_ns;
}

}  // namespace mxray
