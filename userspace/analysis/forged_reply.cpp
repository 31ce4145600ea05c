// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reply.h"

#include <algorithm>

#include "analysis/conflict.h"
#include "analysis/forged_reply_text.h"
#include "analysis/forger.h"
#include "analysis/judge.h"
#include "analysis/packet_rows.h"
#include "analysis/record_view.h"
#include "analysis/segments.h"
#include "base/time.h"

namespace mxray {
namespace {

using Text = std::optional<std::string>;

constexpr std::size_t kMaxSuspicions = 16;

Suspicion* find_suspicion(Flow& flow, const core::segment& segment) {
  const auto found = std::find_if(
      flow.suspicions.begin(), flow.suspicions.end(),
      [&segment](const Suspicion& known) { return is_same_packet(known.segment, segment); });
  return found == flow.suspicions.end() ? nullptr : &*found;
}

// What was known of it before is replaced, but not what it was caught at.
Suspicion& remember(Flow& flow, Suspicion suspicion) {
  if (Suspicion* known = find_suspicion(flow, suspicion.segment)) {
    suspicion.signals |= known->signals;
    if (known->delay_ns != 0) suspicion.delay_ns = known->delay_ns;
    return *known = suspicion;
  }
  if (flow.suspicions.size() >= kMaxSuspicions) flow.suspicions.erase(flow.suspicions.begin());
  return flow.suspicions.emplace_back(suspicion);
}

// Whether the flow's incident is about this packet, not about another one.
bool is_told(const Flow& flow, const Suspicion& suspicion) {
  return flow.forged && is_same_packet(flow.forged->segment, suspicion.segment);
}

Text text_of(const core::record_signal& record) {
  std::string text = reply_text(record);
  return text.empty() ? Text() : Text(std::move(text));
}

// Of a packet that is only known as the other one of two.
Text text_of_other(const Flow& flow, const core::record_signal& record) {
  std::string text = shown_text(record.other, flow.protocol, record.from_server != 0);
  return text.empty() ? Text() : Text(std::move(text));
}

void add_acceptance(Incident& incident) {
  incident.evidence.push_back({"client_accepted",
                               "the receiver acknowledged bytes the genuine sender never sent",
                               "an acknowledgement of genuine bytes only", 0});
}

// Everything in the incident that follows from the suspicion's signals.
void judge_again(Flow& flow, Incident& incident) {
  Suspicion& forged = *flow.forged;
  const bool constant_window = window_follows_ttl(flow.suspicions, forged.from_server);
  if (constant_window) forged.signals |= core::SIGNAL_CONSTANT_WINDOW;
  Verdict verdict = judge_data(forged);
  incident.score = verdict.score;
  if (verdict.confidence) incident.confidence = std::max(incident.confidence, *verdict.confidence);
  incident.evidence = std::move(verdict.evidence);
  describe_forger(forged, constant_window, incident);
  incident.evidence.insert(incident.evidence.end(), flow.also_forged.begin(),
                           flow.also_forged.end());
  if (incident.forgery->client_accepted.value_or(false)) {
    add_acceptance(incident);
  }
  write_forged_reply(flow, forged, incident);
}

// From now on the incident is about this packet.
void tell_of(Flow& flow, const Suspicion& suspicion, const Text& forged_text, Incident& incident) {
  flow.forged = std::make_unique<Suspicion>(suspicion);
  const auto accepted = incident.forgery ? incident.forgery->client_accepted : std::nullopt;
  const auto after_routing = incident.forgery ? incident.forgery->after_routing : std::nullopt;
  incident.forgery = Forgery{};
  incident.forgery->client_accepted = accepted;
  incident.forgery->after_routing = after_routing;
  incident.forgery->forged_text = forged_text;
  if (flow.protocol == core::PROTOCOL_SMTP && suspicion.segment.reply_code >= 100) {
    incident.forgery->forged_code = suspicion.segment.reply_code;
  }
}

// The flow has its incident. It stays about the packet that is clearest: what a
// genuine one happens to differ in must not water it down. True: about this one.
bool tell_more(Flow& flow, const Suspicion& suspicion, const Text& forged_text) {
  if (is_told(flow, suspicion)) {
    *flow.forged = suspicion;
    return true;
  }
  const Verdict verdict = judge_data(suspicion);
  if (!verdict.confidence || verdict.score <= judge_data(*flow.forged).score) return false;
  tell_of(flow, suspicion, forged_text, *flow.forged_reply);
  return true;
}

// The connection was cut by a forger already; that it also speaks is told there.
void add_forged_reply(Context& context, Flow& flow, const Suspicion& suspicion,
                      const Text& forged_text) {
  if (!flow.also_forged.empty()) return;
  flow.also_forged.push_back({"forged_reply",
                              forged_text ? "\"" + *forged_text + "\"" : in_words(suspicion),
                              "nothing in that end's name but its own", 0});
  flow.forged_reset->evidence.push_back(flow.also_forged.back());
  context.amend(*flow.forged_reset);
}

bool raise_first(Context& context, Flow& flow, const Suspicion& suspicion,
                 const Text& forged_text) {
  if (!judge_data(suspicion).confidence) return false;
  if (flow.forged_reset) {
    add_forged_reply(context, flow, suspicion, forged_text);
    return false;
  }
  // Every leg of a connection sees the packet; the first one tells.
  const auto has_told = [](const Flow& other) { return other.forged_reply != nullptr; };
  if (context.flows.other_leg(flow, has_told) != nullptr) return false;
  if (context.told.knows(flow.key, suspicion.segment)) return false;
  context.told.note(flow.key, suspicion.segment);
  flow.forged_reply = std::make_unique<Incident>(
      context.begin(Kind::kForgedReply, flow, suspicion.segment.time_ns));
  tell_of(flow, suspicion, forged_text, *flow.forged_reply);
  if (suspicion.from_server) {
    flow.forged_reply->forgery->after_routing = context.flows.is_inside(flow);
  }
  return true;
}

// `genuine`: what came for the same bytes, if it is known.
struct Genuine {
  core::segment segment{};
  Text text{};
  std::uint64_t delay_ns = 0;
};

void raise_or_amend(Context& context, Flow& flow, const Suspicion& suspicion,
                    const core::record_signal& record, const Text& forged_text,
                    const std::optional<Genuine>& genuine) {
  const bool is_new = !flow.forged_reply;
  if (is_new ? !raise_first(context, flow, suspicion, forged_text)
             : !tell_more(flow, suspicion, forged_text) &&
                   !(genuine && overlap(genuine->segment, flow.forged->segment)) &&
                   !judge_data(suspicion).confidence) {
    return;
  }
  Incident& incident = *flow.forged_reply;
  if (genuine && overlap(genuine->segment, flow.forged->segment)) {
    flow.forged->signals |= core::SIGNAL_CONFLICT;
    Forgery& forgery = *incident.forgery;
    if (!forgery.genuine_text) forgery.genuine_text = genuine->text;
    if (!forgery.genuine_delay_ms && genuine->delay_ns != 0) {
      forgery.genuine_delay_ms = milliseconds(genuine->delay_ns);
    }
  }
  if (genuine && flow.genuine.size() < kMaxSuspicions) flow.genuine.push_back(genuine->segment);
  judge_again(flow, incident);
  show_packets(flow, packet_rows(record));
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

void weigh_conflict(Context& context, Flow& flow, const core::record_signal& record) {
  const Conflict conflict = settle_conflict(record, suspicion_of(context.servers, record),
                                            find_suspicion(flow, record.other));
  const Text text = text_of(record), other_text = text_of_other(flow, record);
  std::optional<Genuine> genuine;
  if (conflict.other_is_genuine) {
    genuine = conflict.is_current ? Genuine{record.other, other_text}
                                  : Genuine{record.current, text, record.delay_ns};
  }
  const Suspicion kept = remember(flow, conflict.forged);
  raise_or_amend(context, flow, kept, record, conflict.is_current ? text : other_text, genuine);
}

}  // namespace

void weigh_data(Context& context, Flow& flow, const core::record_signal& record) {
  if (!is_in_stream(record)) return;
  if ((record.signals & core::SIGNAL_CONFLICT) != 0) {
    weigh_conflict(context, flow, record);
    return;
  }
  const Suspicion kept = remember(flow, suspicion_of(context.servers, record));
  raise_or_amend(context, flow, kept, record, text_of(record), std::nullopt);
}

void note_accepted(Context& context, Flow& flow, const core::record_signal& record) {
  if (!flow.forged_reply) return;
  Incident& incident = *flow.forged_reply;
  if (incident.forgery->client_accepted.value_or(false)) return;
  // The bytes are those of suspect packets, or of the one that was contradicted:
  // of this incident's only if it is one of them and they reach into it.
  const core::segment& forged = flow.forged->segment;
  const bool is_suspect = (forged.traits & core::TRAIT_SUSPECT) != 0;
  if (!is_suspect && !(record.other.seq == forged.seq && record.other.length == forged.length)) {
    return;
  }
  if (!is_before(forged.seq, record.current.ack)) return;
  incident.forgery->client_accepted = true;
  add_acceptance(incident);
  show_packets(flow, packet_rows(record));
  context.amend(incident);
}

void show_packets(Flow& flow, std::vector<PacketRow> rows) {
  std::vector<PacketRow>& packets = flow.forged_reply->packets;
  merge_rows(packets, std::move(rows));
  for (PacketRow& row : packets) {
    if (row.from_server != flow.forged->from_server) continue;
    const auto is_row = [&row](const core::segment& segment) { return is_row_of(row, segment); };
    const bool is_genuine = std::any_of(flow.genuine.begin(), flow.genuine.end(), is_row);
    row.suspect = is_row(flow.forged->segment) || (row.suspect && !is_genuine);
  }
}

void settle_forged_reply(Context& context, Flow& flow) {
  if (!flow.forged_reply) return;
  Incident& incident = *flow.forged_reply;
  if (incident.forgery->client_accepted || !incident.forgery->genuine_text) return;
  // The receiver is watched only for bytes that looked forged when they came.
  if ((flow.forged->segment.traits & core::TRAIT_SUSPECT) == 0) return;
  incident.forgery->client_accepted = false;
  context.amend(incident);
}

}  // namespace mxray
