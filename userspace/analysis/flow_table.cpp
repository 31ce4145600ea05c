// SPDX-License-Identifier: Apache-2.0
#include "analysis/flow_table.h"

#include <algorithm>

namespace mxray {
namespace {

constexpr std::uint64_t kLegsApart_ns = 2'000'000'000;

std::uint64_t sequence_key(const core::handshake& handshake) {
  return (std::uint64_t{handshake.client_isn} << 32) | handshake.server_isn;
}

bool has_sequence(const Flow& flow) {
  return flow.handshake.midstream == 0 && flow.handshake.syn_time_ns != 0;
}

}  // namespace

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
        const bool was_linked = has_sequence(flow);
        flow.handshake = *handshake;
        if (!was_linked) link_legs(flow);
      }
      return flow;
    }
    // The port is used again: nothing of the old connection concerns the new.
    unlink(flow);
    flows_.pop_front();
    by_key_.erase(found);
  }
  if (flows_.size() >= max_flows_ && !flows_.empty()) {
    unlink(flows_.back());
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
  by_key_[flow.key] = flows_.begin();
  link_legs(flow);
  if (is_greeted(flow)) waiting_.insert(flow.key);
  return flow;
}

void FlowTable::link_legs(const Flow& flow) {
  if (has_sequence(flow)) by_sequence_.emplace(sequence_key(flow.handshake), flow.key);
}

void FlowTable::unlink(const Flow& flow) {
  auto [entry, end] = by_sequence_.equal_range(sequence_key(flow.handshake));
  while (entry != end) {
    entry = entry->second == flow.key ? by_sequence_.erase(entry) : std::next(entry);
  }
  waiting_.erase(flow.key);
}

Flow* FlowTable::other_leg(const Flow& flow) {
  if (!has_sequence(flow)) return nullptr;
  const auto [begin, end] = by_sequence_.equal_range(sequence_key(flow.handshake));
  for (auto entry = begin; entry != end; ++entry) {
    if (entry->second.interface == flow.key.interface) continue;
    Flow* other = find(entry->second);
    if (other == nullptr) continue;
    const std::uint64_t a = other->handshake.syn_time_ns, b = flow.handshake.syn_time_ns;
    if (std::max(a, b) - std::min(a, b) <= kLegsApart_ns) return other;
  }
  return nullptr;
}

std::optional<Endpoint> FlowTable::inside_client(const Flow& flow) {
  const Flow* other = other_leg(flow);
  if (other == nullptr || other->handshake.syn_time_ns > flow.handshake.syn_time_ns) {
    return std::nullopt;
  }
  const Endpoint inside{other->key.client, other->key.client_port};
  const Endpoint own{flow.key.client, flow.key.client_port};
  if (inside == own) return std::nullopt;
  return inside;
}

}  // namespace mxray
