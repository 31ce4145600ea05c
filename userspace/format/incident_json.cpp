// SPDX-License-Identifier: Apache-2.0
#include "format/incident_json.h"

#include <algorithm>
#include <initializer_list>

#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

using json::Object;
using json::Reader;

void add_forgery(Object& out, const Forgery& forgery) {
  out["forged_text"] = json::optional(forgery.forged_text);
  out["forged_code"] = json::optional(forgery.forged_code);
  out["genuine_text"] = json::optional(forgery.genuine_text);
  out["baseline_ttl"] = json::optional(forgery.baseline_ttl);
  out["forged_ttl"] = json::optional(forgery.forged_ttl);
  out["server_hops"] = json::optional(forgery.server_hops);
  out["forger_hops"] = json::optional(forgery.forger_hops);
  out["forger_class"] = json::optional(forgery.forger_class);
  out["rtt_ms"] = json::milliseconds(forgery.rtt_ms);
  out["forged_delay_ms"] = json::milliseconds(forgery.forged_delay_ms);
  out["genuine_delay_ms"] = json::milliseconds(forgery.genuine_delay_ms);
  out["client_accepted"] = json::optional(forgery.client_accepted);
  out["impersonated"] = json::optional(forgery.impersonated);
  out["trigger_command"] = json::optional(forgery.trigger_command);
  out["window_rule"] = json::optional(forgery.window_rule);
  out["after_routing"] = json::optional(forgery.after_routing);
}

void add_waiting(Object& out, const std::optional<Waiting>& known) {
  const Waiting waiting = known.value_or(Waiting{});
  out["greeting_delay_seconds"] = json::seconds(waiting.greeting_delay_seconds);
  out["stall_seconds"] = json::seconds(waiting.stall_seconds);
  out["ident_queries"] = json::optional(waiting.ident_queries);
  out["ident_outcome"] = json::optional(waiting.ident_outcome);
  out["breakdown"] = nullptr;
  if (!known) return;
  out["breakdown"] = {{"handshake", json::seconds(waiting.handshake)},
                      {"repeated_synack", json::seconds(waiting.repeated_synack)},
                      {"ident", json::seconds(waiting.ident)},
                      {"rest", json::seconds(waiting.rest)}};
}

void add_dialogue(Object& out, const Dialogue& dialogue) {
  out["helo"] = json::optional(dialogue.helo);
  out["sender_domain"] = json::optional(dialogue.sender_domain);
  out["auth_offered"] = json::optional(dialogue.auth_offered);
  out["auth_used"] = json::optional(dialogue.auth_used);
  out["starttls_offered"] = json::optional(dialogue.starttls_offered);
  out["starttls_used"] = json::optional(dialogue.starttls_used);
  out["reply_code"] = json::optional(dialogue.reply_code);
  out["reply_text"] = json::optional(dialogue.reply_text);
  out["reason"] = json::optional(dialogue.reason);
}

void add_translation(Object& out, const Translation& translation) {
  out["original"] = json::endpoint(translation.original);
  out["translated"] = json::endpoint(translation.translated);
  out["syn_count"] = json::optional(translation.syn_count);
}

Object to_object(const Incident& incident) {
  Object out;
  out["schema_version"] = kSchemaVersion;
  out["id"] = incident.id;
  out["kind"] = name_of(incident.kind);
  out["time"] = json::time(incident.time_ns);
  out["confidence"] = name_of(incident.confidence);
  out["score"] = json::rounded(incident.score, 3);
  out["protocol"] = json::protocol(incident.protocol);
  out["interface"] = incident.interface;
  out["client"] = json::endpoint(incident.client);
  out["server"] = json::endpoint(incident.server);
  out["inside_client"] = json::endpoint(incident.inside_client);
  out["summary"] = incident.summary;
  out["remedy"] = incident.remedy;
  out["evidence"] = Object::array();
  for (const Evidence& evidence : incident.evidence) {
    out["evidence"].push_back({{"signal", evidence.signal},
                               {"seen", evidence.seen},
                               {"expected", evidence.expected},
                               {"weight", json::rounded(evidence.weight, 3)}});
  }
  add_forgery(out, incident.forgery.value_or(Forgery{}));
  add_waiting(out, incident.waiting);
  add_dialogue(out, incident.dialogue.value_or(Dialogue{}));
  add_translation(out, incident.translation.value_or(Translation{}));
  out["ongoing"] = incident.ongoing;
  out["amendments"] = incident.amendments;
  return out;
}

Object to_object(const PacketRow& packet) {
  return {{"time", json::time(packet.time_ns)},
          {"from_server", packet.from_server},
          {"suspect", packet.suspect},
          {"what", packet.what},
          {"seq", packet.seq},
          {"ack", packet.ack},
          {"length", packet.length},
          {"ip_id", packet.ip_id},
          {"window", packet.window},
          {"ttl", packet.ttl},
          {"dont_fragment", packet.dont_fragment},
          {"ipv6", packet.ipv6},
          {"options", packet.options},
          {"text", packet.text}};
}

PacketRow read_packet(const Reader& in) {
  PacketRow packet;
  in.read_time("time", packet.time_ns);
  in.read("from_server", packet.from_server);
  in.read("suspect", packet.suspect);
  in.read("what", packet.what);
  in.read_integer("seq", packet.seq);
  in.read_integer("ack", packet.ack);
  in.read_integer("length", packet.length);
  in.read_integer("ip_id", packet.ip_id);
  in.read_integer("window", packet.window);
  in.read_integer("ttl", packet.ttl);
  in.read("dont_fragment", packet.dont_fragment);
  in.read("ipv6", packet.ipv6);
  in.read("options", packet.options);
  in.read("text", packet.text);
  return packet;
}

// Whether any of these fields is there and not null.
bool has_any(const Reader& in, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* name) { return in.has(name); });
}

std::optional<Forgery> read_forgery(const Reader& in) {
  if (!has_any(in, {"forged_text", "forged_code", "genuine_text", "baseline_ttl", "forged_ttl",
                    "server_hops", "forger_hops", "forger_class", "rtt_ms", "forged_delay_ms",
                    "genuine_delay_ms", "client_accepted", "impersonated", "trigger_command",
                    "window_rule", "after_routing"})) {
    return std::nullopt;
  }
  Forgery forgery;
  in.read("forged_text", forgery.forged_text);
  in.read("forged_code", forgery.forged_code);
  in.read("genuine_text", forgery.genuine_text);
  in.read("baseline_ttl", forgery.baseline_ttl);
  in.read("forged_ttl", forgery.forged_ttl);
  in.read("server_hops", forgery.server_hops);
  in.read("forger_hops", forgery.forger_hops);
  in.read("forger_class", forgery.forger_class);
  in.read("rtt_ms", forgery.rtt_ms);
  in.read("forged_delay_ms", forgery.forged_delay_ms);
  in.read("genuine_delay_ms", forgery.genuine_delay_ms);
  in.read("client_accepted", forgery.client_accepted);
  in.read("impersonated", forgery.impersonated);
  in.read("trigger_command", forgery.trigger_command);
  in.read("window_rule", forgery.window_rule);
  in.read("after_routing", forgery.after_routing);
  return forgery;
}

std::optional<Waiting> read_waiting(const Reader& in) {
  if (!in.has("breakdown")) return std::nullopt;  // add_waiting writes it whenever there is one
  Waiting waiting;
  in.read("greeting_delay_seconds", waiting.greeting_delay_seconds);
  in.read("stall_seconds", waiting.stall_seconds);
  in.read("ident_queries", waiting.ident_queries);
  in.read("ident_outcome", waiting.ident_outcome);
  const Reader breakdown = in.object("breakdown");
  breakdown.read("handshake", waiting.handshake);
  breakdown.read("repeated_synack", waiting.repeated_synack);
  breakdown.read("ident", waiting.ident);
  breakdown.read("rest", waiting.rest);
  return waiting;
}

std::optional<Dialogue> read_dialogue(const Reader& in) {
  if (!has_any(in, {"helo", "sender_domain", "auth_offered", "auth_used", "starttls_offered",
                    "starttls_used", "reply_code", "reply_text", "reason"})) {
    return std::nullopt;
  }
  Dialogue dialogue;
  in.read("helo", dialogue.helo);
  in.read("sender_domain", dialogue.sender_domain);
  in.read("auth_offered", dialogue.auth_offered);
  in.read("auth_used", dialogue.auth_used);
  in.read("starttls_offered", dialogue.starttls_offered);
  in.read("starttls_used", dialogue.starttls_used);
  in.read("reply_code", dialogue.reply_code);
  in.read("reply_text", dialogue.reply_text);
  in.read("reason", dialogue.reason);
  return dialogue;
}

std::optional<Translation> read_translation(const Reader& in) {
  if (!has_any(in, {"original", "translated", "syn_count"})) return std::nullopt;
  Translation translation;
  in.read("original", translation.original);
  in.read("translated", translation.translated);
  in.read("syn_count", translation.syn_count);
  return translation;
}

}  // namespace

std::string to_json_line(const Incident& incident, std::optional<std::uint64_t> revision) {
  Object out = to_object(incident);
  if (revision) out["revision"] = *revision;
  return json::line(out);
}

std::string to_json_full(const Incident& incident) {
  Object out = to_object(incident);
  out["packets"] = Object::array();
  for (const PacketRow& packet : incident.packets) out["packets"].push_back(to_object(packet));
  return json::line(out);
}

Result<Incident> incident_from_json(std::string_view text) {
  const Reader in(text, "incident");
  Incident incident;
  int version = 0;
  in.read_integer("schema_version", version);
  if (version != kSchemaVersion) {
    in.complain("schema_version", "is not 1: it was written by another version of mxray");
  }
  in.read("id", incident.id);
  in.read_name("kind", incident.kind, kind_from_name);
  in.read_time("time", incident.time_ns);
  in.read_name("confidence", incident.confidence, confidence_from_name);
  in.read("score", incident.score);
  if (in.has("protocol")) in.read_name("protocol", incident.protocol, protocol_from_name);
  in.read("interface", incident.interface);
  in.read("client", incident.client);
  in.read("server", incident.server);
  in.read("inside_client", incident.inside_client);
  in.read("summary", incident.summary);
  in.read("remedy", incident.remedy);
  for (const Reader& item : in.objects("evidence")) {
    Evidence& evidence = incident.evidence.emplace_back();
    item.read("signal", evidence.signal);
    item.read("seen", evidence.seen);
    item.read("expected", evidence.expected);
    item.read("weight", evidence.weight);
  }
  incident.forgery = read_forgery(in);
  incident.waiting = read_waiting(in);
  incident.dialogue = read_dialogue(in);
  incident.translation = read_translation(in);
  for (const Reader& packet : in.objects("packets")) {
    incident.packets.push_back(read_packet(packet));
  }
  in.read("ongoing", incident.ongoing);
  in.read_integer("amendments", incident.amendments);
  if (in.problem()) return Error{*in.problem()};
  return incident;
}

std::optional<std::uint64_t> revision_of(std::string_view line) {
  const Reader in(line, "incident");
  std::optional<std::uint64_t> revision;
  in.read("revision", revision);
  return in.problem() ? std::nullopt : revision;
}

}  // namespace mxray
