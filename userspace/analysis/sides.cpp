// SPDX-License-Identifier: Apache-2.0
#include "analysis/sides.h"

#include "analysis/context.h"
#include "analysis/dialogue.h"
#include "analysis/hops.h"
#include "analysis/submission.h"

namespace mxray {
namespace {

// Our own hosts are behind few routers, and strangers behind several more.
constexpr int kNearHops = 4;
constexpr int kFartherHops = 4;

// The leg next to the client, or next to the server: the SYN passes it first, or last.
const Flow& end_leg(Context& context, const Flow& flow, bool first) {
  const Flow* end = &flow;
  context.flows.other_leg(flow, [&](const Flow& other) {
    const bool before = other.handshake.syn_time_ns < end->handshake.syn_time_ns;
    if (before == first && other.handshake.syn_time_ns != end->handshake.syn_time_ns) end = &other;
    return false;
  });
  return *end;
}

Ours nearer_end(const core::handshake& handshake) {
  if (handshake.midstream != 0 || handshake.client_ttl == 0 || handshake.server_ttl == 0) {
    return Ours::kUnknown;
  }
  const int client_hops = hops_of(handshake.client_ttl);
  const int server_hops = hops_of(handshake.server_ttl);
  if (client_hops <= kNearHops && server_hops >= client_hops + kFartherHops) return Ours::kClient;
  if (server_hops <= kNearHops && client_hops >= server_hops + kFartherHops) return Ours::kServer;
  return Ours::kUnknown;
}

}  // namespace

Ours ours_of(Context& context, const Flow& flow) {
  const Flow& asked = end_leg(context, flow, true);
  const Flow& reached = end_leg(context, flow, false);
  const bool client_private = is_private(asked.key.client);
  // A port that this gateway publishes; of a host inside that uses it, both are ours.
  if (!(asked.key.server == reached.key.server)) {
    return client_private ? Ours::kClient : Ours::kServer;
  }
  if (!(asked.key.client == reached.key.client)) return Ours::kClient;
  const auto& is_local = context.settings.is_local;
  if (is_local(asked.key.client)) return Ours::kClient;
  if (is_local(asked.key.server)) return Ours::kServer;
  if (client_private != is_private(asked.key.server)) {
    return client_private ? Ours::kClient : Ours::kServer;
  }
  if (const Ours near = nearer_end(flow.handshake); near != Ours::kUnknown) return near;
  const Flow* speaker = speaker_of(context, flow);
  const bool greets_as_ours =
      speaker != nullptr && is_local_domain(context, speaker->spoken->greeting_host);
  return greets_as_ours ? Ours::kServer : Ours::kUnknown;
}

Endpoint outer_client(Context& context, const Flow& flow) {
  const core::flow_key& key = end_leg(context, flow, false).key;
  return {key.client, key.client_port};
}

}  // namespace mxray
