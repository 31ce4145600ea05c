// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reset.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/hops.h"
#include "analysis/judge.h"
#include "analysis/packet_rows.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxResets = 16;

// What the resets in the name of one end show together.
struct Resets {
  std::uint32_t signals = 0;
  bool constant_window = false;
  std::size_t count = 0;
};

Resets together(const Flow& flow, bool from_server) {
  Resets all;
  for (const Suspicion& a : flow.resets) {
    if (a.from_server != from_server) continue;
    ++all.count;
    all.signals |= a.signals;
  }
  all.constant_window = window_follows_ttl(flow.resets, from_server);
  return all;
}

// The reset that the incident is about: the first with something foreign in it,
// else the first; nullptr if there is none in that end's name.
Suspicion* most_foreign(Flow& flow, bool from_server) {
  constexpr std::uint32_t kForeign = core::SIGNAL_RESET_TTL | core::SIGNAL_REFLECTED;
  Suspicion* chosen = nullptr;
  for (Suspicion& reset : flow.resets) {
    if (reset.from_server != from_server) continue;
    if ((reset.signals & kForeign) != 0) return &reset;
    if (chosen == nullptr) chosen = &reset;
  }
  return chosen;
}

Verdict judge_resets(const Suspicion& reset, const Resets& all) {
  Verdict verdict;
  const auto add = [&verdict](std::string signal, std::string seen, std::string expected,
                              double weight) {
    verdict.score += weight;
    verdict.evidence.push_back({std::move(signal), std::move(seen), std::move(expected), weight});
  };
  const auto expected_ttl = baseline_ttl(reset.baseline);
  const bool foreign_ttl = (all.signals & core::SIGNAL_RESET_TTL) != 0;
  const bool reflected = (all.signals & core::SIGNAL_REFLECTED) != 0;
  if (foreign_ttl) {
    add("reset_ttl", fmt::format("{}", reset.segment.ttl),
        expected_ttl ? fmt::format("{} in its other packets", *expected_ttl) : "unknown",
        weight::kResetTtl);
  }
  if (reflected) {
    add("reflected_header",
        fmt::format("IP ID {}, window {}", reset.segment.ip_id, reset.segment.window),
        "its own, not those of the packet it answers", weight::kReflected);
  }
  if ((all.signals & core::SIGNAL_RESET_SEQUENCE) != 0) {
    add("reset_sequence", fmt::format("{:08x}", reset.segment.seq), "the sender's next byte",
        weight::kResetSequence);
  }
  if ((all.signals & core::SIGNAL_RESET_REPEATED) != 0) {
    add("reset_burst", fmt::format("{} resets within a second", all.count), "one",
        weight::kResetBurst);
  }
  if (all.constant_window) {
    add("constant_window", "window minus TTL is one number, TTL varies", "one TTL",
        weight::kConstantWindow);
  }
  if ((reset.signals & core::SIGNAL_TOO_EARLY) != 0 && reset.baseline.handshake_ttl != 0 &&
      (reset.baseline.data_segments == 0 ||
       reset.baseline.data_ttl == reset.baseline.handshake_ttl)) {
    add("too_early", fmt::format("{:.1f} ms", milliseconds(reset.delay_ns)),
        fmt::format("{:.1f} ms, the path's round trip", milliseconds(reset.rtt_ns)),
        weight::kTooEarly);
  }
  if ((all.signals & core::SIGNAL_ALIVE_AFTER_RESET) != 0) {
    add("alive_after_reset", "the same address went on with the connection",
        "silence: a RST ends it", weight::kAliveAfterReset);
  }
  // Alive, yet with its usual TTL on the RST: packets that overtook one another.
  if (foreign_ttl || reflected || all.constant_window) {
    verdict.confidence = confidence_of(verdict.score);
  }
  return verdict;
}

void describe(const Suspicion& reset, const Resets& all, Incident& incident) {
  Forgery& forgery = *incident.forgery;
  forgery.baseline_ttl = baseline_ttl(reset.baseline);
  forgery.forged_ttl = reset.segment.ttl;
  if (forgery.baseline_ttl) {
    forgery.server_hops = hops_of(static_cast<std::uint8_t>(*forgery.baseline_ttl));
  }
  forgery.forger_class = all.constant_window                           ? "constant_window"
                         : (all.signals & core::SIGNAL_REFLECTED) != 0 ? "reflector"
                                                                       : "simple";
  forgery.forger_hops.reset();
  if (forgery.forger_class == "simple") forgery.forger_hops = hops_of(reset.segment.ttl);
  if (reset.rtt_ns != 0) forgery.rtt_ms = milliseconds(reset.rtt_ns);
  if (reset.delay_ns != 0) forgery.forged_delay_ms = milliseconds(reset.delay_ns);
  const std::string whom = reset.from_server ? "server " + to_string(incident.server)
                                             : "client " + to_string(incident.client);
  std::string text = fmt::format("forged reset in the name of {}", whom);
  if (forgery.baseline_ttl && *forgery.baseline_ttl != reset.segment.ttl) {
    text += fmt::format(": TTL {}≠{}", reset.segment.ttl, *forgery.baseline_ttl);
  }
  if (all.count > 1) text += fmt::format(", {} resets", all.count);
  if (all.constant_window) text += ", window follows the TTL";
  if ((all.signals & core::SIGNAL_REFLECTED) != 0) text += ", header copied";
  if ((all.signals & core::SIGNAL_ALIVE_AFTER_RESET) != 0) {
    text += ", and the genuine host went on afterwards";
  }
  incident.summary = text + ". Neither end hung up.";
  incident.remedy = fmt::format(
      "A box on the path between {} and {} cuts connections. Look for a firewall or an inspection "
      "system with a rule for this port; show this evidence to whoever runs it. Until it is gone, "
      "send over a VPN or another relay; STARTTLS helps if the rule looks at content.",
      to_string(incident.client.address), to_string(incident.server.address));
}

void judge(Context& context, Flow& flow, const core::record_signal& record) {
  const Suspicion* reset = most_foreign(flow, record.from_server != 0);
  if (reset == nullptr) return;
  const auto has_told = [](const Flow& other) { return other.forged_reset != nullptr; };
  if (context.flows.other_leg(flow, has_told) != nullptr) return;
  const Resets all = together(flow, reset->from_server);
  Verdict verdict = judge_resets(*reset, all);
  const bool is_new = !flow.forged_reset;
  if (is_new && !verdict.confidence) return;
  // Of the two ends' resets the incident tells of those that are clearer.
  if (!is_new && verdict.score < flow.forged_reset->score) return;
  if (is_new) {
    flow.forged_reset =
        std::make_unique<Incident>(context.begin(Kind::kForgedReset, flow, reset->segment.time_ns));
    flow.forged_reset->forgery.emplace();
  }
  Incident& incident = *flow.forged_reset;
  incident.score = verdict.score;
  incident.evidence = std::move(verdict.evidence);
  if (verdict.confidence) incident.confidence = std::max(incident.confidence, *verdict.confidence);
  describe(*reset, all, incident);
  merge_rows(incident.packets, packet_rows(record));
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

}  // namespace

void weigh_reset(Context& context, Flow& flow, const core::record_signal& record) {
  ++context.totals.resets[record.from_server != 0 ? 1 : 0];
  if (flow.resets.size() >= kMaxResets) return;
  flow.resets.push_back({.signals = record.signals,
                         .segment = record.current,
                         .baseline = record.baseline,
                         .rtt_ns = record.rtt_ns,
                         .delay_ns = record.delay_ns,
                         .from_server = record.from_server != 0});
  judge(context, flow, record);
}

void weigh_alive(Context& context, Flow& flow, const core::record_signal& record) {
  const bool from_server = record.from_server != 0;
  Suspicion* reset = most_foreign(flow, from_server);
  if (reset == nullptr && record.other.time_ns != 0 && flow.resets.size() < kMaxResets) {
    // A RST before the SYN-ACK is only told of now.
    reset = &flow.resets.emplace_back(Suspicion{.signals = core::SIGNAL_RESET,
                                                .segment = record.other,
                                                .baseline = record.baseline,
                                                .rtt_ns = record.rtt_ns,
                                                .delay_ns = 0,
                                                .from_server = from_server});
    if (record.other.ttl != record.current.ttl) reset->signals |= core::SIGNAL_RESET_TTL;
  }
  if (reset == nullptr) return;
  // The TTL of a RST that its living sender also has proves no forger: then
  // the packets only overtook one another.
  reset->signals |= core::SIGNAL_ALIVE_AFTER_RESET;
  if (flow.state == FlowState::kClosed) context.flows.enter(flow, FlowState::kDialogue);
  judge(context, flow, record);
}

}  // namespace mxray
