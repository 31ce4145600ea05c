// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reply.h"

#include <algorithm>
#include <cstdlib>

#include "analysis/forged_reply_text.h"
#include "analysis/forger.h"
#include "analysis/judge.h"
#include "analysis/packet_rows.h"
#include "analysis/record_view.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

using Text = std::optional<std::string>;

constexpr std::size_t kMaxSuspicions = 16;

// Not by the time: live, two records of one packet may have read the wall clock
// apart.
bool same_packet(const core::segment& a, const core::segment& b) {
  return a.seq == b.seq && a.length == b.length && a.digest == b.digest && a.ttl == b.ttl &&
         a.ip_id == b.ip_id;
}

Suspicion* find_suspicion(Flow& flow, const core::segment& segment) {
  const auto found = std::find_if(
      flow.suspicions.begin(), flow.suspicions.end(),
      [&segment](const Suspicion& known) { return same_packet(known.segment, segment); });
  return found == flow.suspicions.end() ? nullptr : &*found;
}

// What was known of it before is replaced, but not what it was caught at.
Suspicion& remember(Flow& flow, Suspicion suspicion) {
  if (Suspicion* known = find_suspicion(flow, suspicion.segment)) {
    suspicion.signals |= known->signals;
    if (known->delay_ns != 0) suspicion.delay_ns = known->delay_ns;
    return *known = std::move(suspicion);
  }
  if (flow.suspicions.size() >= kMaxSuspicions) flow.suspicions.erase(flow.suspicions.begin());
  return flow.suspicions.emplace_back(std::move(suspicion));
}

// Whether the flow's incident is about this packet, not about another one.
bool is_told(const Flow& flow, const Suspicion& suspicion) {
  return flow.forged && same_packet(flow.forged->segment, suspicion.segment);
}

// Sequence numbers compare modulo 2^32 (RFC 9293, 3.4).
bool is_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

bool overlap(const core::segment& a, const core::segment& b) {
  return is_before(a.seq, b.seq + b.length) && is_before(b.seq, a.seq + a.length);
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
  flow.forged = suspicion;
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
    flow.forged = suspicion;
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

// Which packets are marked is the core's first impression; a verdict on a pair
// corrects it.
void mark_rows(Flow& flow, const std::optional<Genuine>& genuine, Incident& incident) {
  if (genuine && flow.genuine_times_ns.size() < kMaxSuspicions) {
    flow.genuine_times_ns.push_back(genuine->segment.time_ns);
  }
  for (PacketRow& row : incident.packets) {
    if (row.from_server != flow.forged->from_server) continue;
    if (row.time_ns == flow.forged->segment.time_ns) row.suspect = true;
    const auto& cleared = flow.genuine_times_ns;
    if (std::find(cleared.begin(), cleared.end(), row.time_ns) != cleared.end()) {
      row.suspect = false;
    }
  }
}

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
  judge_again(flow, incident);
  merge_rows(incident.packets, packet_rows(record));
  mark_rows(flow, genuine, incident);
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

// The earlier of two that contradict each other; it may have raised nothing then.
Suspicion of_other(Flow& flow, const Suspicion& current, const core::segment& other) {
  if (const Suspicion* known = find_suspicion(flow, other)) return *known;
  Suspicion suspicion = current;
  suspicion.signals = 0;
  suspicion.segment = other;
  suspicion.delay_ns = 0;
  return suspicion;
}

// The forged packet may have shaped what the sender is known for. Held against
// the genuine one it shows what it differs in.
void hold_against(Suspicion& forged, const core::segment& genuine) {
  if ((forged.segment.traits & core::TRAIT_SUSPECT) == 0) {
    forged.baseline.data_ttl = genuine.ttl;
    forged.baseline.data_traits = genuine.traits;
    forged.baseline.window = genuine.window;
    forged.baseline.ip_id = genuine.ip_id;
    forged.baseline.data_ttl_varies = 0;
    if (forged.baseline.data_segments == 0) forged.baseline.data_segments = 1;
  }
  forged.signals |= differences(forged.segment, genuine) | core::SIGNAL_CONFLICT;
}

// A port that is used again without its handshake being seen: numbers this far
// from all that the sender has sent are another connection's, and no receiver
// would take them from a forger.
bool is_in_stream(const core::record_signal& record) {
  constexpr std::int32_t kFarthest = 1 << 24;  // the largest windows are 2^30, usual ones below
  const core::signal_side& side = record.from_server != 0 ? record.server : record.client;
  const auto is_near = [&record](std::uint32_t seq) {
    const auto apart = static_cast<std::int32_t>(record.current.seq - seq);
    return apart > -kFarthest && apart < kFarthest;
  };
  const auto shows = [&](const core::segment& segment) {
    return segment.time_ns != 0 && segment.time_ns != record.current.time_ns &&
           (segment.tcp_flags & core::TCP_FLAG_RST) == 0;
  };
  bool any = false, near = false;
  for (const core::segment& segment : side.first) {
    any = any || shows(segment);
    near = near || (shows(segment) && is_near(segment.seq));
  }
  for (const core::segment& segment : side.recent) {
    any = any || shows(segment);
    near = near || (shows(segment) && is_near(segment.seq));
  }
  return near || !any;
}

// A middlebox that rewrites, seen on both its sides as one interface: one packet,
// not two.
bool is_rewritten(const core::segment& a, const core::segment& b) {
  constexpr std::uint64_t kThrough_ns = 5'000'000;
  return a.seq == b.seq && a.ip_id == b.ip_id && std::abs(a.ttl - b.ttl) <= 1 &&
         std::max(a.time_ns, b.time_ns) - std::min(a.time_ns, b.time_ns) < kThrough_ns;
}

// Two packets claim the same bytes: the one with more against it is forged.
void weigh_conflict(Context& context, Flow& flow, const core::record_signal& record) {
  Suspicion current = suspicion_of(context.servers, record);
  if (is_rewritten(record.current, record.other)) {
    current.signals &= ~std::uint32_t{core::SIGNAL_IP_ID_REPEATED};
  }
  Suspicion other = of_other(flow, current, record.other);
  other.signals |= current.signals & core::SIGNAL_IP_ID_REPEATED;  // of the two together
  const double against_current = weight_against(current, record.handshake);
  const double against_other = weight_against(other, record.handshake);
  // A forger may speak twice, and neither is the genuine one then.
  const bool one_is_genuine = std::min(against_current, against_other) < weight::kProbable;
  std::optional<Genuine> genuine;
  if (against_current > against_other) {
    hold_against(current, record.other);
    const Suspicion kept = remember(flow, std::move(current));
    if (one_is_genuine) genuine = Genuine{record.other, text_of_other(flow, record)};
    raise_or_amend(context, flow, kept, record, text_of(record), genuine);
  } else {
    hold_against(other, record.current);
    const Suspicion kept = remember(flow, std::move(other));
    if (one_is_genuine) genuine = Genuine{record.current, text_of(record), record.delay_ns};
    raise_or_amend(context, flow, kept, record, text_of_other(flow, record), genuine);
  }
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
  merge_rows(incident.packets, packet_rows(record));
  context.amend(incident);
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
