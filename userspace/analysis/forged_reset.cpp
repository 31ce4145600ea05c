// SPDX-License-Identifier: Apache-2.0
#include "analysis/forged_reset.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/forged_reply.h"
#include "analysis/forged_reset_text.h"
#include "analysis/forger.h"
#include "analysis/judge.h"
#include "analysis/packet_rows.h"
#include "analysis/weights.h"
#include "base/time.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxResets = 16;

// What a RST shows if somebody else sent it. The TTL weighs little: balancers show
// it, too.
constexpr std::uint32_t kAnotherSender =
    core::SIGNAL_RESET_TTL | core::SIGNAL_REFLECTED | core::SIGNAL_RESERVED_BITS;

Resets together(const Flow& flow, bool from_server) {
  Resets all;
  for (const Suspicion& a : flow.resets) {
    if (a.from_server != from_server) continue;
    ++all.count;
    all.signals |= a.signals;
  }
  all.constant_window = flow.constant_window || window_follows_ttl(flow.resets, from_server);
  return all;
}

// The reset that the incident is about: the first with something foreign in it,
// else the first; nullptr if there is none in that end's name.
Suspicion* most_foreign(Flow& flow, bool from_server) {
  Suspicion* chosen = nullptr;
  for (Suspicion& reset : flow.resets) {
    if (reset.from_server != from_server) continue;
    if ((reset.signals & kAnotherSender) != 0) return &reset;
    if (chosen == nullptr) chosen = &reset;
  }
  return chosen;
}

void weigh_header(const Suspicion& reset, const Resets& all, Verdict& verdict) {
  const core::segment& segment = reset.segment;
  const std::string answered = "its own, not that of the packet it answers";
  if ((all.signals & core::SIGNAL_RESET_TTL) != 0) {
    const auto expected = expected_ttl(reset);
    const bool usual = reset.habits.usually_resets_with(segment.ttl);
    verdict.add("reset_ttl", fmt::format("{}", segment.ttl),
                expected ? fmt::format("{} {}", expected->ttl, expected->source) : "unknown",
                usual ? weight::kResetTtlUsual : weight::kResetTtl);
  }
  if ((all.signals & core::SIGNAL_REFLECTED) != 0) {
    verdict.add("reflected_header",
                fmt::format("IP ID {}, window {}", segment.ip_id, segment.window), answered,
                weight::kReflected);
  } else if ((all.signals & core::SIGNAL_IP_ID_COPIED) != 0) {
    verdict.add("ip_id_copied", fmt::format("IP ID {}", segment.ip_id), answered,
                weight::kIpIdCopied);
  }
  if ((all.signals & core::SIGNAL_RESERVED_BITS) != 0) {
    verdict.add("reserved_bits", "set in the TCP header", "zero (RFC 9293)", weight::kReservedBits);
  }
  if (all.constant_window) {
    verdict.add("constant_window",
                fmt::format("window always TTL + {}", segment.window - segment.ttl),
                "one TTL, and a window of its own", weight::kConstantWindow);
  }
}

void weigh_behaviour(const Suspicion& reset, const Resets& all, Verdict& verdict) {
  if ((all.signals & core::SIGNAL_RESET_SEQUENCE) != 0) {
    verdict.add("reset_sequence", fmt::format("{:08x}", reset.segment.seq),
                "the sender's next byte", weight::kResetSequence);
  }
  if ((all.signals & core::SIGNAL_RESET_REPEATED) != 0) {
    verdict.add("reset_burst", fmt::format("{} resets within a second", all.count), "one",
                weight::kResetBurst);
  }
  if ((all.signals & core::SIGNAL_RESET_AHEAD) != 0) {
    verdict.add("reset_ahead", "one after the other, beyond the sender's next byte",
                "one RST, at the next byte", weight::kResetAhead);
  }
  if ((reset.signals & core::SIGNAL_TOO_EARLY) != 0 && reset.baseline.handshake_ttl != 0 &&
      (reset.baseline.data_segments == 0 ||
       reset.baseline.data_ttl == reset.baseline.handshake_ttl)) {
    verdict.add("too_early", fmt::format("{:.1f} ms", milliseconds(reset.delay_ns)),
                fmt::format("{:.1f} ms, the path's round trip", milliseconds(reset.rtt_ns)),
                weight::kTooEarly);
  }
  if ((all.signals & core::SIGNAL_ALIVE_AFTER_RESET) != 0) {
    verdict.add("alive_after_reset", "the same address went on with the connection",
                "silence: a RST ends it", weight::kAliveAfterReset);
  }
}

Verdict judge_resets(const Suspicion& reset, const Resets& all) {
  Verdict verdict;
  weigh_header(reset, all, verdict);
  weigh_behaviour(reset, all, verdict);
  // Alive, yet with its usual header on the RST: packets that overtook one
  // another. They do not overtake a ladder.
  constexpr std::uint32_t kLadder = core::SIGNAL_RESET_AHEAD | core::SIGNAL_ALIVE_AFTER_RESET;
  if ((all.signals & kAnotherSender) != 0 || all.constant_window ||
      (all.signals & kLadder) == kLadder) {
    verdict.confidence = confidence_of(verdict.score);
  }
  return verdict;
}

// The rows of the record that caused this, and those of foreign resets before.
void keep_rows(Flow& flow, const core::record_signal* record) {
  if (record != nullptr) merge_rows(flow.reset_rows, packet_rows(*record));
}

// The connection has its incident, a forged reply: the RST is told there.
void add_forged_reset(Context& context, Flow& flow, const Suspicion& reset, const Resets& all) {
  if (!flow.also_forged.empty()) return;
  flow.also_forged.push_back(
      {"forged_reset",
       fmt::format("{} with TTL {}", all.count > 1 ? "resets" : "a reset", reset.segment.ttl),
       "a connection that its own ends close", 0});
  flow.forged_reply->evidence.push_back(flow.also_forged.back());
  show_packets(flow, flow.reset_rows);
  context.amend(*flow.forged_reply);
}

// `record`: nullptr if another connection gave the cause.
void judge(Context& context, Flow& flow, bool from_server, const core::record_signal* record) {
  const Suspicion* reset = most_foreign(flow, from_server);
  if (reset == nullptr) return;
  const auto has_told = [](const Flow& other) { return other.forged_reset != nullptr; };
  if (context.flows.other_leg(flow, has_told) != nullptr) return;
  if (!flow.forged_reset && context.told.knows(flow.key, reset->segment)) return;
  const Resets all = together(flow, reset->from_server);
  Verdict verdict = judge_resets(*reset, all);
  const bool is_new = !flow.forged_reset;
  if ((all.signals & kAnotherSender) != 0 || verdict.confidence) keep_rows(flow, record);
  if (is_new && !verdict.confidence) return;
  if (is_new && flow.forged_reply) {
    add_forged_reset(context, flow, *reset, all);
    return;
  }
  // Of the two ends' resets the incident tells of those that are clearer.
  if (!is_new && verdict.score < flow.forged_reset->score) return;
  if (is_new) {
    context.told.note(flow.key, reset->segment);
    flow.forged_reset =
        std::make_unique<Incident>(context.begin(Kind::kForgedReset, flow, reset->segment.time_ns));
    flow.forged_reset->forgery.emplace();
    if (from_server) {
      flow.forged_reset->forgery->after_routing = context.flows.is_inside(flow);
    }
  }
  Incident& incident = *flow.forged_reset;
  incident.score = verdict.score;
  incident.evidence = std::move(verdict.evidence);
  incident.evidence.insert(incident.evidence.end(), flow.also_forged.begin(),
                           flow.also_forged.end());
  if (verdict.confidence) incident.confidence = std::max(incident.confidence, *verdict.confidence);
  describe_forger(*reset, all.constant_window, incident);
  write_forged_reset(*reset, all, incident);
  merge_rows(incident.packets, flow.reset_rows);
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

// A firewall whose window follows its TTL may show one TTL in each connection
// and still give itself away by several of them.
void compare_with_others(Context& context, Flow& flow, const core::segment& reset) {
  const auto alike = context.servers.note_foreign_reset(
      {.flow = flow.key, .ttl = reset.ttl, .window = reset.window});
  for (const core::flow_key& key : alike) {
    Flow* other = context.flows.find(key);
    if (other == nullptr || other->constant_window) continue;
    other->constant_window = true;
    judge(context, *other, true, nullptr);
  }
  if (!alike.empty()) flow.constant_window = true;
}

}  // namespace

void weigh_reset(Context& context, Flow& flow, const core::record_signal& record) {
  const bool from_server = record.from_server != 0;
  ++context.totals.resets[from_server ? 1 : 0];
  if (flow.resets.size() >= kMaxResets) return;
  flow.resets.push_back(suspicion_of(context.servers, record));
  if (from_server && (record.signals & core::SIGNAL_RESET_TTL) != 0 &&
      record.current.window > kSmallWindow) {
    compare_with_others(context, flow, record.current);
  }
  judge(context, flow, from_server, &record);
}

void weigh_alive(Context& context, Flow& flow, const core::record_signal& record) {
  const bool from_server = record.from_server != 0;
  Suspicion* reset = most_foreign(flow, from_server);
  if (reset == nullptr && record.other.time_ns != 0 && flow.resets.size() < kMaxResets) {
    // A RST before the SYN-ACK is only told of now.
    reset = &flow.resets.emplace_back(suspicion_of(context.servers, record));
    reset->signals |= core::SIGNAL_RESET;
    reset->segment = record.other;
    reset->delay_ns = 0;  // the record's is that of the packet after it
  }
  if (reset == nullptr) return;
  // The TTL of a RST that its living sender also has proves no forger: then
  // the packets only overtook one another.
  reset->signals |= core::SIGNAL_ALIVE_AFTER_RESET;
  if (flow.state == FlowState::kClosed) context.flows.enter(flow, FlowState::kDialogue);
  judge(context, flow, from_server, &record);
}

}  // namespace mxray
