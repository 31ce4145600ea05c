// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "analysis/hops.h"
#include "analysis/judge.h"
#include "analysis/packet_rows.h"
#include "analysis/record_view.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

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

Suspicion& remember(Flow& flow, Suspicion suspicion) {
  if (flow.suspicions.size() >= kMaxSuspicions) flow.suspicions.erase(flow.suspicions.begin());
  return flow.suspicions.emplace_back(std::move(suspicion));
}

Suspicion of_record(const core::record_signal& record) {
  return {.signals = record.signals,
          .segment = record.current,
          .baseline = record.baseline,
          .rtt_ns = record.rtt_ns,
          .delay_ns = record.delay_ns,
          .from_server = record.from_server != 0};
}

// Whether the flow's incident is about this packet, not about another one.
bool is_told(const Flow& flow, const Suspicion& suspicion) {
  return flow.forged && same_packet(flow.forged->segment, suspicion.segment);
}

void describe_forger(const Flow& flow, const Suspicion& suspicion, Incident& incident) {
  Forgery& forgery = *incident.forgery;
  const auto baseline = baseline_ttl(suspicion.baseline);
  forgery.baseline_ttl = baseline;
  forgery.forged_ttl = suspicion.segment.ttl;
  forgery.server_hops.reset();
  if (baseline && suspicion.from_server) {
    forgery.server_hops = hops_of(static_cast<std::uint8_t>(*baseline));
  }
  forgery.forger_class = window_follows_ttl(flow.suspicions, suspicion.from_server)
                             ? "constant_window"
                             : forger_class(suspicion);
  forgery.forger_hops.reset();
  if (forgery.forger_class == "simple") forgery.forger_hops = hops_of(suspicion.segment.ttl);
  if (suspicion.rtt_ns != 0) forgery.rtt_ms = milliseconds(suspicion.rtt_ns);
  if (suspicion.delay_ns != 0) forgery.forged_delay_ms = milliseconds(suspicion.delay_ns);
}

bool is_refusal(const Incident& incident) {
  const auto& code = incident.forgery->forged_code;
  return code && *code >= 400;
}

std::string quoted(const std::optional<std::string>& text) {
  return text && !text->empty() ? " \"" + *text + "\"" : std::string();
}

void write_summary(const Flow& flow, const Suspicion& suspicion, Incident& incident) {
  const Forgery& forgery = *incident.forgery;
  std::string text =
      (suspicion.from_server ? "forged reply" : "forged command") + quoted(forgery.forged_text);
  if (!suspicion.from_server) {
    text += fmt::format(" in the name of client {}", to_string(incident.client));
  } else if (forgery.forger_hops && forgery.server_hops) {
    text += fmt::format(" from {} hops away (server {} is {} away)", *forgery.forger_hops,
                        server_of(flow), *forgery.server_hops);
  } else {
    text += fmt::format(" in the name of server {}", server_of(flow));
  }
  std::string reasons = in_words(suspicion);
  if ((suspicion.signals & core::SIGNAL_CONFLICT) != 0) {
    if (!reasons.empty()) reasons += ", then ";
    reasons +=
        forgery.genuine_text ? "the genuine" + quoted(forgery.genuine_text) : "other content";
    reasons += " for the same bytes";
  }
  text += ": " + reasons + ".";
  if (is_refusal(incident)) text += " The bounce was not the server's.";
  incident.summary = text;

  std::string where;
  if (!suspicion.from_server) {
    incident.remedy = fmt::format(
        "Something on the path between {} and {} speaks in the client's name. Show this evidence "
        "to whoever runs the networks between. Until it is gone, use STARTTLS or a relay reached "
        "over a VPN, so that nothing on the path can join the dialogue.",
        to_string(incident.client.address), to_string(incident.server.address));
    return;
  }
  if (forgery.forger_hops && forgery.server_hops && *forgery.forger_hops < *forgery.server_hops) {
    where = fmt::format(
        "A box {} hops from here on the path to {} injects replies; neither mail server is at "
        "fault. Find it with a TTL-limited traceroute to port {} (between hop {} and hop {}), and "
        "show this evidence to whoever runs that network. ",
        *forgery.forger_hops, to_string(incident.server.address), incident.server.port,
        std::max(*forgery.forger_hops - 1, 0), *forgery.forger_hops);
  } else {
    where = fmt::format(
        "Something on the path to {} injects replies; neither mail server is at fault. Show this "
        "evidence to whoever runs the networks between. ",
        to_string(incident.server.address));
  }
  incident.remedy = where +
                    "Until it is gone: send such mail again (a forged 5xx is no refusal), use "
                    "STARTTLS or a relay reached over a VPN, so that nothing on the path can read "
                    "or answer the dialogue.";
}

// Everything in the incident that follows from the suspicion's signals.
void judge_again(const Flow& flow, const Suspicion& suspicion, Incident& incident) {
  Verdict verdict = judge_data(suspicion);
  incident.score = verdict.score;
  if (verdict.confidence) incident.confidence = std::max(incident.confidence, *verdict.confidence);
  incident.evidence = std::move(verdict.evidence);
  describe_forger(flow, suspicion, incident);
  if (incident.forgery->forger_class == "constant_window") {
    incident.score += weight::kConstantWindow;
    incident.evidence.push_back({"constant_window", "window minus TTL is one number, TTL varies",
                                 "a TTL that tells hops; none is derived",
                                 weight::kConstantWindow});
  }
  if (incident.forgery->client_accepted.value_or(false)) {
    incident.evidence.push_back({"client_accepted",
                                 "the receiver acknowledged bytes the genuine sender never sent",
                                 "an acknowledgement of genuine bytes only", 0});
  }
  write_summary(flow, suspicion, incident);
}

// From now on the incident is about this packet.
void tell_of(Flow& flow, const Suspicion& suspicion, const std::optional<std::string>& forged_text,
             Incident& incident) {
  flow.forged = suspicion;
  incident.forgery = Forgery{};
  incident.forgery->forged_text = forged_text;
  if (flow.protocol == core::PROTOCOL_SMTP && suspicion.segment.reply_code >= 100) {
    incident.forgery->forged_code = suspicion.segment.reply_code;
  }
}

// The flow has its incident. It stays about the packet that is clearest: what a
// genuine one happens to differ in must not water it down.
void tell_more(Context& context, Flow& flow, const Suspicion& suspicion,
               const core::record_signal& record, const std::optional<std::string>& forged_text) {
  Incident& incident = *flow.forged_reply;
  if (is_told(flow, suspicion)) {
    flow.forged = suspicion;
  } else {
    const Verdict verdict = judge_data(suspicion);
    if (!verdict.confidence) return;
    if (verdict.score > judge_data(*flow.forged).score) {
      tell_of(flow, suspicion, forged_text, incident);
    }
  }
  judge_again(flow, *flow.forged, incident);
  merge_rows(incident.packets, packet_rows(record));
  context.amend(incident);
}

void raise_or_amend(Context& context, Flow& flow, const Suspicion& suspicion,
                    const core::record_signal& record,
                    const std::optional<std::string>& forged_text) {
  if (flow.forged_reply) {
    tell_more(context, flow, suspicion, record, forged_text);
    return;
  }
  // Every leg of a connection sees the packet; the first one tells.
  const auto has_told = [](const Flow& other) { return other.forged_reply != nullptr; };
  if (context.flows.other_leg(flow, has_told) != nullptr) return;
  if (!judge_data(suspicion).confidence) return;
  Incident incident = context.begin(Kind::kForgedReply, flow, suspicion.segment.time_ns);
  tell_of(flow, suspicion, forged_text, incident);
  judge_again(flow, suspicion, incident);
  incident.packets = packet_rows(record);
  context.raise(incident);
  flow.forged_reply = std::make_unique<Incident>(std::move(incident));
}

std::optional<std::string> text_of(const core::record_signal& record) {
  std::string text = reply_text(record);
  if (text.empty()) return std::nullopt;
  return text;
}

// The genuine reply has come for bytes that a forged packet had claimed.
void weigh_genuine(Context& context, Flow& flow, const core::record_signal& record,
                   Suspicion& forged) {
  forged.signals |= core::SIGNAL_CONFLICT;
  const auto forged_text = shown_text(forged.segment, flow.protocol, record.from_server != 0);
  if (!flow.forged_reply || !is_told(flow, forged)) {
    raise_or_amend(context, flow, forged, record,
                   forged_text.empty() ? std::nullopt : std::optional(forged_text));
  }
  if (!flow.forged_reply || !is_told(flow, forged)) return;
  Forgery& forgery = *flow.forged_reply->forgery;
  if (!forgery.genuine_text) {
    forgery.genuine_text = text_of(record);
    if (record.delay_ns != 0) forgery.genuine_delay_ms = milliseconds(record.delay_ns);
  }
  raise_or_amend(context, flow, forged, record, std::nullopt);
}

}  // namespace

void weigh_data(Context& context, Flow& flow, const core::record_signal& record) {
  const Suspicion current = of_record(record);
  const bool conflict = (record.signals & core::SIGNAL_CONFLICT) != 0;
  const bool current_is_suspect = (record.current.traits & core::TRAIT_SUSPECT) != 0 &&
                                  (record.signals & ~std::uint32_t{core::SIGNAL_CONFLICT}) != 0;
  if (conflict && !current_is_suspect) {
    Suspicion* forged = find_suspicion(flow, record.other);
    if (forged == nullptr) {
      // It raised nothing by itself; held against the genuine one it may.
      Suspicion later{.signals = differences(record.other, record.current, record.baseline),
                      .segment = record.other,
                      .baseline = record.baseline,
                      .rtt_ns = record.rtt_ns,
                      .delay_ns = 0,
                      .from_server = record.from_server != 0};
      forged = &remember(flow, later);
    }
    weigh_genuine(context, flow, record, *forged);
    return;
  }
  const Suspicion& kept = remember(flow, current);
  raise_or_amend(context, flow, kept, record, text_of(record));
  if (conflict && flow.forged_reply && is_told(flow, kept) &&
      !flow.forged_reply->forgery->genuine_text && find_suspicion(flow, record.other) == nullptr) {
    // The genuine reply had won the race.
    const auto text = shown_text(record.other, flow.protocol, record.from_server != 0);
    if (!text.empty()) flow.forged_reply->forgery->genuine_text = text;
    raise_or_amend(context, flow, kept, record, std::nullopt);
  }
}

void note_accepted(Context& context, Flow& flow, const core::record_signal& record) {
  if (!flow.forged_reply) return;
  Incident& incident = *flow.forged_reply;
  if (incident.forgery->client_accepted.value_or(false)) return;
  // By its place in the stream: the same packet may have been captured twice.
  if (record.other.length != 0 && record.other.seq != flow.forged->segment.seq) return;
  incident.forgery->client_accepted = true;
  incident.evidence.push_back({"client_accepted",
                               "the receiver acknowledged bytes the genuine sender never sent",
                               "an acknowledgement of genuine bytes only", 0});
  merge_rows(incident.packets, packet_rows(record));
  context.amend(incident);
}

void settle_forged_reply(Context& context, Flow& flow) {
  if (!flow.forged_reply) return;
  Incident& incident = *flow.forged_reply;
  if (incident.forgery->client_accepted || !incident.forgery->genuine_text) return;
  incident.forgery->client_accepted = false;
  context.amend(incident);
}

}  // namespace mxray
