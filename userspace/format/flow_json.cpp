// SPDX-License-Identifier: Apache-2.0
#include "format/flow_json.h"

#include "format/incident_json.h"
#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

json::Object to_object(const Refusal& refusal) {
  return {{"time", json::time(refusal.time_ns)},
          {"code", refusal.code},
          {"text", refusal.text},
          {"command", refusal.command},
          {"reason", refusal.reason}};
}

Refusal read_refusal(const json::Reader& in) {
  Refusal refusal;
  in.read_time("time", refusal.time_ns);
  in.read_integer("code", refusal.code);
  in.read("text", refusal.text);
  in.read("command", refusal.command);
  in.read("reason", refusal.reason);
  return refusal;
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
  out["published_server"] = json::endpoint(flow.published_server);
  out["opened"] = json::time(flow.opened_ns);
  out["rtt_ms"] = json::milliseconds(flow.rtt_ms);
  out["server_hops"] = json::optional(flow.server_hops);
  out["waiting_seconds"] = json::seconds(flow.waiting_seconds);
  out["greeting_delay_seconds"] = json::seconds(flow.greeting_delay_seconds);
  out["ident_queries"] = flow.ident_queries;
  out["ident_outcome"] = json::optional(flow.ident_outcome);
  out["last_reply_code"] = json::optional(flow.last_reply_code);
  out["midstream"] = flow.midstream;
  out["closed"] = json::time(flow.closed_ns);
  out["helo"] = json::optional(flow.helo);
  out["sender_domain"] = json::optional(flow.sender_domain);
  out["refusals"] = json::Object::array();
  for (const Refusal& refusal : flow.refusals) out["refusals"].push_back(to_object(refusal));
  out["incidents"] = flow.incidents;
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
  in.read("published_server", flow.published_server);
  in.read_time("opened", flow.opened_ns);
  in.read("rtt_ms", flow.rtt_ms);
  in.read("server_hops", flow.server_hops);
  in.read("waiting_seconds", flow.waiting_seconds);
  in.read("greeting_delay_seconds", flow.greeting_delay_seconds);
  in.read_integer("ident_queries", flow.ident_queries);
  in.read("ident_outcome", flow.ident_outcome);
  in.read("last_reply_code", flow.last_reply_code);
  in.read("midstream", flow.midstream);
  if (in.has("closed")) in.read_time("closed", flow.closed_ns);
  in.read("helo", flow.helo);
  in.read("sender_domain", flow.sender_domain);
  for (const json::Reader& refusal : in.objects("refusals")) {
    flow.refusals.push_back(read_refusal(refusal));
  }
  flow.incidents = in.strings("incidents");
  if (in.problem()) return Error{*in.problem()};
  return flow;
}

}  // namespace mxray
