// SPDX-License-Identifier: Apache-2.0
#include "analysis/flow_view.h"

#include <algorithm>

#include "analysis/hops.h"
#include "base/time.h"

namespace mxray {
namespace {

void add_id(const std::unique_ptr<Incident>& incident, FlowView& view) {
  if (incident) view.incidents.push_back(incident->id);
}

void add_incidents(const Flow& leg, FlowView& view) {
  add_id(leg.forged_reply, view);
  add_id(leg.forged_reset, view);
  add_id(leg.waiting, view);
  for (const std::string& id : leg.shared_incidents) {
    const auto& ids = view.incidents;
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) view.incidents.push_back(id);
  }
}

void add_ident(Context& context, const Flow& leg, FlowView& view) {
  if (!leg.ident) return;
  const IdentQuery* query = context.idents.find(*leg.ident);
  if (query == nullptr) return;
  view.ident_queries = query->queries;
  if (query->outcome) view.ident_outcome = std::string(name_of(*query->outcome));
}

// From the server's leg to the client's: what the first one does not know, the
// next may.
void add_leg(Context& context, const Flow& leg, FlowView& view) {
  view.opened_ns = std::min(view.opened_ns, leg.opened_ns);
  view.closed_ns = std::max(view.closed_ns, leg.closed_ns);
  if (!view.last_reply_code) view.last_reply_code = leg.last_reply_code;
  if (!view.rtt_ms && leg.rtt_ns != 0) view.rtt_ms = milliseconds(leg.rtt_ns);
  const std::uint64_t syn_ns = leg.handshake.syn_time_ns;
  if (!view.greeting_delay_seconds && leg.greeting_ns > syn_ns && syn_ns != 0) {
    view.greeting_delay_seconds = static_cast<double>(leg.greeting_ns - syn_ns) / 1e9;
  }
  const std::uint8_t server_ttl = leg.handshake.server_ttl;
  if (!view.server_hops && server_ttl != 0) view.server_hops = hops_of(server_ttl);
  add_ident(context, leg, view);
  add_incidents(leg, view);
}

}  // namespace

FlowView view_of(Context& context, const Connection& connection, std::uint64_t now_ns) {
  const Flow& first = *connection.legs.front();
  const Flow& last = *connection.legs.back();
  FlowView view;
  view.protocol = last.protocol;
  view.state = FlowTable::state_of(connection);
  view.interface = context.name_of_interface(last.key.interface);
  view.client = client_endpoint(last.key);
  view.server = server_endpoint(last.key);
  if (client_endpoint(first.key) != view.client) view.inside_client = client_endpoint(first.key);
  if (server_endpoint(first.key) != view.server) view.published_server = server_endpoint(first.key);
  view.midstream = last.handshake.midstream != 0;
  view.opened_ns = last.opened_ns;
  for (auto leg = connection.legs.rbegin(); leg != connection.legs.rend(); ++leg) {
    add_leg(context, **leg, view);
  }
  describe_dialogue(context, last, view);
  if (view.state == FlowState::kWaiting && is_greeted(last) && now_ns > view.opened_ns) {
    view.waiting_seconds = static_cast<double>(now_ns - view.opened_ns) / 1e9;
  }
  return view;
}

}  // namespace mxray
