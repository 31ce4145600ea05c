// SPDX-License-Identifier: Apache-2.0
#include "analysis/waiting.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/judge.h"
#include "analysis/packet_rows.h"
#include "analysis/waiting_text.h"
#include "analysis/weights.h"
#include "base/port_table.h"

namespace mxray {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
// A query that long unanswered was dropped: TCP itself repeats it after 1 and 3 s.
constexpr std::uint64_t kSilence_ns = 10 * kSecond;
// RFC 5321, 4.5.3.2.1 has clients wait 5 minutes for a greeting.
constexpr double kLongestWaitSeconds = 600;
// The server has given up some time before it greets, but not long before.
constexpr double kLeastShareOfIdent = 0.5;

double seconds_between(std::uint64_t from, std::uint64_t to) {
  return to > from ? static_cast<double>(to - from) / 1e9 : 0;
}

std::uint64_t established_of(const Flow& flow) {
  const core::handshake& handshake = flow.handshake;
  return handshake.established_time_ns != 0 ? handshake.established_time_ns
                                            : handshake.syn_ack_time_ns;
}

void count_outcome(Context& context, const IdentQuery& query) {
  ++context.totals.ident_outcomes[static_cast<std::size_t>(*query.outcome)];
  context.ident_outcomes.note(query);
}

void settle(Context& context, IdentQuery& query) {
  if (query.outcome) return;
  query.outcome = IdentOutcome::kDropped;
  count_outcome(context, query);
}

// The wait until `end_ns`, in the parts that add up to it.
Waiting waiting_of(const Flow& flow, const IdentQuery* query, std::uint64_t end_ns, bool greeted) {
  const core::handshake& handshake = flow.handshake;
  Waiting waiting;
  const double whole = seconds_between(handshake.syn_time_ns, end_ns);
  if (greeted) waiting.greeting_delay_seconds = whole;
  waiting.handshake = seconds_between(handshake.syn_time_ns, handshake.syn_ack_time_ns);
  waiting.repeated_synack =
      seconds_between(handshake.syn_ack_time_ns, handshake.last_syn_ack_time_ns);
  waiting.ident = 0;
  if (query != nullptr) {
    waiting.ident_queries = static_cast<int>(query->queries);
    if (query->outcome) waiting.ident_outcome = std::string(name_of(*query->outcome));
    // A query that was answered cost its answer's time, no more.
    const std::uint64_t until = is_unanswered(*query) ? end_ns : query->answer_ns;
    // A SYN-ACK repeated after the query began belongs to the part before.
    const std::uint64_t from =
        std::max<std::uint64_t>(query->first_ns, handshake.last_syn_ack_time_ns);
    waiting.ident = seconds_between(from, std::min(until, end_ns));
  } else {
    waiting.ident_queries = 0;
  }
  waiting.rest =
      std::max(0.0, whole - *waiting.handshake - *waiting.repeated_synack - *waiting.ident);
  return waiting;
}

// The leg on which the server's query shows: the outer one of a NAT gateway.
Flow* leg_with_ident(Context& context, Flow& flow) {
  const auto is_asked = [&context](Flow& leg) { return ident_of(context, leg) != nullptr; };
  return is_asked(flow) ? &flow : context.flows.other_leg(flow, is_asked);
}

void weigh_ident(const IdentQuery& query, const Waiting& waiting, Incident& incident) {
  std::string asked = fmt::format("{} SYN{} to {}", query.queries, query.queries == 1 ? "" : "s",
                                  to_string(Endpoint{query.key.server, kIdentPort}));
  if (is_unanswered(query)) {
    incident.add({"ident_unanswered", std::move(asked), "an answer, a RST or an ICMP error",
                  weight::kIdentUnanswered});
  } else {
    incident.add({"ident_late", std::move(asked), "an answer at once", weight::kIdentUnanswered});
  }
  if (query.queries > 1) {
    incident.add({"ident_repeated",
                  fmt::format("for {:.1f} s", seconds_between(query.first_ns, query.last_ns)),
                  "no repetition once answered", weight::kIdentRepeated});
  }
  const double whole =
      *waiting.handshake + *waiting.repeated_synack + *waiting.ident + *waiting.rest;
  const double share = whole > 0 ? *waiting.ident / whole : 0;
  if (share >= kLeastShareOfIdent) {
    incident.add({"ident_explains_wait", fmt::format("{:.0f} % of it", share * 100), "little of it",
                  weight::kIdentExplains});
  }
}

// What the server asked the DNS before it greeted, on whichever leg that showed.
std::optional<std::string> lookup_during(Context& context, const Flow& flow, std::uint64_t end_ns) {
  std::optional<std::string> words;
  const auto look_up_on = [&](const Flow& leg) {
    const std::uint64_t from_ns = leg.handshake.syn_time_ns;
    const auto lookup = context.lookups.longest(leg.key.server, leg.key.client, from_ns, end_ns);
    if (!lookup) return false;
    const std::uint64_t until_ns = lookup->answer_ns != 0 ? lookup->answer_ns : end_ns;
    const std::uint64_t since_ns = std::max(lookup->first_ns, from_ns);
    words = lookup_in_words(*lookup, leg, seconds_between(since_ns, std::min(until_ns, end_ns)));
    return true;
  };
  if (!look_up_on(flow)) context.flows.other_leg(flow, look_up_on);
  return words;
}

bool has_incident(const Flow& flow) { return flow.waiting != nullptr; }

// Raises or amends the incident of a wait until `end_ns`.
void weigh_wait(Context& context, Flow& seen_flow, std::uint64_t end_ns, bool greeted,
                std::vector<PacketRow> rows) {
  Flow* asked = leg_with_ident(context, seen_flow);
  Flow& flow = asked != nullptr ? *asked : seen_flow;
  if (Flow* other = flow.waiting ? nullptr : context.flows.other_leg(flow, has_incident)) {
    flow.waiting = std::move(other->waiting);  // one connection, one incident
  }
  IdentQuery* query = asked != nullptr ? ident_of(context, flow) : nullptr;
  if (query != nullptr && greeted) settle(context, *query);
  Waiting waiting = waiting_of(flow, query, end_ns, greeted);
  const double threshold = context.settings.slow_greeting_seconds;
  const bool is_stall =
      query != nullptr &&
      waiting.ident.value_or(0) >=
          std::min(threshold,
                   kLeastShareOfIdent * seconds_between(flow.handshake.syn_time_ns, end_ns));
  const bool is_new = !flow.waiting;
  const bool was_settled = !is_new && !flow.waiting->ongoing;
  if (was_settled && !is_stall) return;  // the other leg has told it already
  if (was_settled && flow.waiting->kind == Kind::kIdentStall) return;
  if (is_new) {
    flow.waiting = std::make_unique<Incident>(context.begin(Kind::kSlowGreeting, flow, end_ns));
  }
  Incident& incident = *flow.waiting;
  incident.kind = is_stall ? Kind::kIdentStall : Kind::kSlowGreeting;
  incident.time_ns = end_ns;
  incident.interface = context.begin(incident.kind, flow, end_ns).interface;
  incident.client = {flow.key.client, flow.key.client_port};
  incident.inside_client = context.flows.inside_client(flow);
  incident.ongoing = !greeted && flow.closed_ns == 0;
  if (is_stall && !waiting.ident_outcome) waiting.ident_outcome = "dropped";
  if (is_stall || (query != nullptr && is_unanswered(*query))) {
    waiting.stall_seconds = waiting.ident;
  }
  incident.waiting = waiting;
  incident.score = 0;
  incident.evidence.clear();
  const double waited = seconds_between(established_of(flow), end_ns);
  // From the connection on; from the SYN on where that is what took long.
  const double counted =
      waited < threshold ? waiting.greeting_delay_seconds.value_or(waited) : waited;
  incident.evidence.push_back({"greeting_delay", fmt::format("{:.1f} s", counted),
                               fmt::format("less than {:.1f} s", threshold), 0});
  if (is_stall) {
    weigh_ident(*query, waiting, incident);
    incident.confidence = confidence_of(incident.score).value_or(Confidence::kPossible);
    const bool here =
        incident.inside_client.has_value() || context.settings.is_local(flow.key.client);
    write_ident_stall(flow, *query, here, waited, incident);
  } else {
    // That the greeting was slow is measured, not inferred.
    incident.score = weight::kCertain;
    incident.confidence = Confidence::kCertain;
    const auto lookup = lookup_during(context, flow, end_ns);
    if (lookup) incident.evidence.push_back({"server_lookup", *lookup, "an answer at once", 0});
    write_slow_greeting(flow, waited, lookup, incident);
  }
  merge_rows(incident.packets, std::move(rows));
  if (query != nullptr) merge_rows(incident.packets, query->rows);
  if (is_new) {
    context.raise(incident);
  } else {
    context.amend(incident);
  }
}

}  // namespace

IdentQuery* ident_of(Context& context, Flow& flow) {
  if (flow.ident) return context.idents.find(*flow.ident);
  if (!is_greeted(flow)) return nullptr;
  IdentQuery* query = context.idents.unclaimed(flow.key, flow.handshake.syn_ack_time_ns);
  if (query == nullptr) return nullptr;
  if (flow.greeting_ns != 0 && query->first_ns > flow.greeting_ns) return nullptr;
  context.idents.claim(*query, flow.key);
  flow.ident = query->key;
  return query;
}

void note_ident(Context& context, const core::record_ident& record) {
  const IdentQuery* before = context.idents.find(record.header.flow);
  const bool had_outcome = before != nullptr && before->outcome.has_value() &&
                           before->first_ns == record.first_query_time_ns;
  IdentQuery& query = context.idents.update(record);
  if (query.outcome && !had_outcome) count_outcome(context, query);
  if (query.flow) {
    Flow* waiting = context.flows.find(*query.flow);
    if (record.event == core::IDENT_REPEATED && waiting != nullptr && waiting->waiting &&
        waiting->waiting->ongoing) {
      weigh_wait(context, *waiting, record.header.time_ns, false, {});
    }
    return;
  }
  if (record.event != core::IDENT_QUERY) return;
  // Of several clients behind one address, the server asks about the one whose
  // connection it has just accepted.
  Flow* latest = nullptr;
  context.flows.for_each_waiting(hosts_asked_about(query.key), [&](Flow& flow) {
    if (flow.ident || established_of(flow) > query.first_ns) return;
    if (latest == nullptr || established_of(flow) > established_of(*latest)) latest = &flow;
  });
  if (latest == nullptr) return;
  latest->ident = query.key;
  context.idents.claim(query, latest->key);
}

void weigh_slow_greeting(Context& context, Flow& flow, const core::record_signal& record) {
  if (!is_greeted(flow)) return;
  weigh_wait(context, flow, record.header.time_ns, true, packet_rows(record));
}

void settle_ident(Context& context, Flow& flow, std::uint64_t now_ns) {
  IdentQuery* query = ident_of(context, flow);
  // Greeted while the query was under way: the server did not wait for it.
  if (query != nullptr && now_ns > query->first_ns + kSecond) settle(context, *query);
}

void weigh_never_greeted(Context& context, Flow& flow, const core::record_flow& record) {
  const std::uint64_t now_ns = record.header.time_ns;
  if (!is_greeted(flow) || flow.state != FlowState::kWaiting) return;
  // Greeted, but the record was lost; or a client that spoke, which it does once
  // greeted: then the greeting took another way.
  if (!flow.waiting && (record.greeted != 0 || record.client_bytes != 0)) return;
  if (seconds_between(flow.handshake.syn_time_ns, now_ns) <
      context.settings.slow_greeting_seconds) {
    return;
  }
  // Hung up by somebody else, perhaps: then nobody gave up.
  const bool forged = std::any_of(flow.resets.begin(), flow.resets.end(), [](const Suspicion& r) {
    return (r.signals & (core::SIGNAL_RESET_TTL | core::SIGNAL_REFLECTED)) != 0;
  });
  if (forged && !flow.waiting) return;
  flow.closed_ns = now_ns;
  weigh_wait(context, flow, now_ns, false, {});
}

namespace {

// Nobody waits that long: its end was not seen, or its records were lost.
void end_of_sight(Context& context, Flow& flow, std::uint64_t now_ns) {
  flow.closed_ns = now_ns;
  if (flow.waiting && flow.waiting->ongoing) {
    flow.waiting->ongoing = false;
    context.amend(*flow.waiting);
  }
  context.flows.enter(flow, FlowState::kClosed);
}

}  // namespace

void watch_waiting(Context& context, std::uint64_t now_ns) {
  double longest_wait_seconds = 0;
  context.flows.for_each_waiting([&](Flow& flow) {
    const double waited_seconds = seconds_between(flow.handshake.syn_time_ns, now_ns);
    if (waited_seconds > kLongestWaitSeconds) {
      end_of_sight(context, flow, now_ns);
      return;
    }
    if (FlowTable::state_of(*flow.connection) == FlowState::kWaiting) {
      longest_wait_seconds = std::max(longest_wait_seconds, waited_seconds);
    }
    if (flow.waiting || context.flows.other_leg(flow, has_incident) != nullptr) return;
    if (waited_seconds < context.settings.slow_greeting_seconds) return;
    const IdentQuery* query = ident_of(context, flow);
    if (query == nullptr || !is_unanswered(*query) || query->queries < 2 ||
        seconds_between(query->first_ns, now_ns) < context.settings.slow_greeting_seconds) {
      return;
    }
    weigh_wait(context, flow, now_ns, false, {});
  });
  context.totals.longest_wait_seconds = longest_wait_seconds;
  if (now_ns > kSilence_ns) {
    context.idents.for_each_silent(now_ns - kSilence_ns,
                                   [&](IdentQuery& query) { settle(context, query); });
  }
}

}  // namespace mxray
