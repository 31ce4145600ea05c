// SPDX-License-Identifier: Apache-2.0
#include "format/bounce_json.h"

#include "format/incident_json.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

json::Object session_object(const FlowView* session, std::uint64_t reply_ns) {
  if (session == nullptr) return nullptr;
  return {{"client", json::endpoint(session->client)},
          {"server", json::endpoint(session->server)},
          {"inside_client", json::endpoint(session->inside_client)},
          {"published_server", json::endpoint(session->published_server)},
          {"opened", json::time(session->opened_ns)},
          {"closed", json::time(session->closed_ns)},
          {"reply", json::time(reply_ns)}};
}

json::Object name_or_null(const std::string& text) {
  return text.empty() ? json::Object(nullptr) : json::Object(text);
}

}  // namespace

std::string to_json_line(const maillog::FailedDelivery& delivery, const maillog::Match& match) {
  json::Object out;
  out["schema_version"] = kSchemaVersion;
  out["verdict"] = name_of(match.verdict);
  out["not_seen_reason"] =
      match.reason ? json::Object(name_of(*match.reason)) : json::Object(nullptr);
  out["time"] = json::time(delivery.time_ns);
  out["format"] = name_of(delivery.format);
  out["file"] = delivery.file;
  out["line"] = delivery.line;
  out["queue_id"] = name_or_null(delivery.id);
  out["direction"] = name_of(delivery.direction);
  out["failure"] = name_of(delivery.failure);
  out["permanent"] = delivery.permanent;
  out["remote_name"] = json::optional(delivery.remote_name);
  out["remote_ip"] =
      delivery.remote ? json::Object(to_string(*delivery.remote)) : json::Object(nullptr);
  out["remote_port"] = json::optional(delivery.remote_port);
  out["own"] = json::endpoint(delivery.own);
  out["helo"] = json::optional(delivery.helo);
  out["sender_domain"] = json::optional(delivery.sender_domain);
  out["recipient_domain"] = json::optional(delivery.recipient_domain);
  out["reply_code"] = json::optional(delivery.reply.code);
  out["enhanced_code"] = json::optional(delivery.reply.enhanced);
  out["reply_text"] = name_or_null(delivery.reply.text);
  out["session"] = session_object(match.session, match.reply_ns);
  out["others"] = match.others;
  out["others_differ"] = match.others_differ;
  out["elsewhere_seconds"] = match.elsewhere_ns
                                 ? json::rounded(static_cast<double>(*match.elsewhere_ns) / 1e9, 3)
                                 : json::Object(nullptr);
  out["incident"] =
      match.incident != nullptr ? json::Object(match.incident->id) : json::Object(nullptr);
  out["incident_summary"] =
      match.incident != nullptr ? json::Object(match.incident->summary) : json::Object(nullptr);
  return json::line(out);
}

}  // namespace mxray
