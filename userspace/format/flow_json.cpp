// SPDX-License-Identifier: Apache-2.0
#include "format/flow_json.h"

#include "format/incident_json.h"
#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

std::optional<FlowState> flow_state_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kFlowStateCount; ++i) {
    if (name_of(static_cast<FlowState>(i)) == name) return static_cast<FlowState>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string to_json_line(const FlowView& flow) {
  json::Object out;
  out["schema_version"] = kSchemaVersion;
  out["state"] = name_of(flow.state);
  out["protocol"] = json::protocol(flow.protocol);
  out["interface"] = flow.interface;
  out["client"] = json::endpoint(flow.client);
  out["server"] = json::endpoint(flow.server);
  out["inside_client"] = json::endpoint(flow.inside_client);
  out["opened"] = json::time(flow.opened_ns);
  out["rtt_ms"] = json::milliseconds(flow.rtt_ms);
  out["waiting_seconds"] = json::seconds(flow.waiting_seconds);
  out["greeting_delay_seconds"] = json::seconds(flow.greeting_delay_seconds);
  out["ident_queries"] = flow.ident_queries;
  out["ident_outcome"] = json::optional(flow.ident_outcome);
  out["last_reply_code"] = json::optional(flow.last_reply_code);
  out["midstream"] = flow.midstream;
  return json::line(out);
}

Result<FlowView> flow_from_json(std::string_view text) {
  const json::Reader in(text, "flow");
  FlowView flow;
  in.read_name("state", flow.state, flow_state_from_name);
  if (in.has("protocol")) in.read_name("protocol", flow.protocol, protocol_from_name);
  in.read("interface", flow.interface);
  in.read("client", flow.client);
  in.read("server", flow.server);
  in.read("inside_client", flow.inside_client);
  in.read_time("opened", flow.opened_ns);
  in.read("rtt_ms", flow.rtt_ms);
  in.read("waiting_seconds", flow.waiting_seconds);
  in.read("greeting_delay_seconds", flow.greeting_delay_seconds);
  in.read_integer("ident_queries", flow.ident_queries);
  in.read("ident_outcome", flow.ident_outcome);
  in.read("last_reply_code", flow.last_reply_code);
  in.read("midstream", flow.midstream);
  if (in.problem()) return Error{*in.problem()};
  return flow;
}

}  // namespace mxray
