// SPDX-License-Identifier: Apache-2.0
#include "analysis/waiting_text.h"

#include <fmt/format.h>

#include "analysis/context.h"
#include "base/port_table.h"

namespace mxray {
namespace {

// An answer sooner than this is no delay worth a word.
constexpr double kAtOnceSeconds = 1;

// `refused after 9.0 s`; of a query that was answered.
std::string answer_in_words(const Waiting& waiting) {
  const std::string what = *waiting.ident_outcome == "answered" ? "answered"
                           : *waiting.ident_outcome == "reset"  ? "refused"
                                                                : "declined by ICMP";
  const double seconds = waiting.ident.value_or(0);
  return seconds < kAtOnceSeconds ? what + " at once"
                                  : fmt::format("{} after {:.1f} s", what, seconds);
}

// `10.0.0.7 (as 192.0.2.2)` behind NAT.
std::string waiting_client(const Flow& flow, const Incident& incident) {
  const std::string seen = to_string(flow.key.client);
  return incident.inside_client
             ? fmt::format("{} (as {})", to_string(incident.inside_client->address), seen)
             : seen;
}

// The handshake took the time, not the server's greeting.
void write_slow_connection(const Flow& flow, double waited, Incident& incident) {
  incident.summary = fmt::format(
      "slow greeting: the {} greeting of {} came {:.1f} s after the first SYN of {}, but {:.1f} s "
      "after the connection stood. The handshake took the time (SYNs: {}, SYN-ACKs: {}).",
      protocol_word(flow), server_of(flow), *incident.waiting->greeting_delay_seconds,
      to_string(flow.key.client), waited, flow.handshake.syn_count, flow.handshake.syn_ack_count);
  incident.remedy = fmt::format(
      "Look for loss on the path between {} and {} (mtr, interface errors, a saturated line), or "
      "for a full accept queue on {} (`nstat -az TcpExtListenOverflows` there).",
      to_string(flow.key.client), to_string(flow.key.server), to_string(flow.key.server));
}

}  // namespace

void write_ident_stall(const Flow& flow, const IdentQuery& query, bool here, double waited,
                       Incident& incident) {
  const std::string asked = to_string(flow.key.client);
  const std::string what = fmt::format("{} greeting of {}", protocol_word(flow), server_of(flow));
  const bool gave_up = !incident.ongoing && !incident.waiting->greeting_delay_seconds;
  const std::string outcome = !is_unanswered(query)
                                  ? "which was only " + answer_in_words(*incident.waiting)
                              : here ? "none answered, dropped at this gateway"
                                     : "none answered, dropped on the way or by that host";
  incident.summary = fmt::format(
      "ident stall: {} {} {:.1f} s{} for the {}; it sent {} ident SYN{} to {}, {}. Refuse port 113 "
      "with a TCP reset.",
      waiting_client(flow, incident), incident.ongoing ? "has waited" : "waited", waited,
      gave_up ? " in vain" : "", what, query.queries, query.queries == 1 ? "" : "s",
      to_string(Endpoint{flow.key.client, kIdentPort}), outcome);
  const std::string family = is_ipv4(flow.key.client) ? "ip" : "ip6";
  const std::string on =
      here ? "On this gateway" : fmt::format("On the firewall in front of {}", asked);
  incident.remedy = fmt::format(
      "{}: nft insert rule inet filter input {} daddr {} tcp dport 113 reject with tcp reset "
      "(table and chain as yours are named; iptables: -I INPUT -d {} -p tcp --dport 113 -j REJECT "
      "--reject-with tcp-reset). Or turn the query off on {}: sendmail `Timeout.ident=0`, exim "
      "`rfc1413_query_timeout = 0s`, xinetd without USERID in log_on_success.",
      on, family, asked, asked, to_string(flow.key.server));
}

std::string lookup_in_words(const Lookup& lookup, const Flow& flow, double open_seconds) {
  const std::string about = asks_for_name_of(lookup, flow.key.client)
                                ? "the name of " + to_string(flow.key.client)
                                : "another name";
  return fmt::format("{} ({} question{} to {}, {} {:.1f} s)", about, lookup.queries,
                     lookup.queries == 1 ? "" : "s", to_string(lookup.asked),
                     lookup.answer_ns == 0 ? "no answer for" : "answered after", open_seconds);
}

void write_slow_greeting(const Flow& flow, double waited, const std::optional<std::string>& lookup,
                         Incident& incident) {
  const Waiting& waiting = *incident.waiting;
  if (waiting.greeting_delay_seconds && waited < *waiting.greeting_delay_seconds / 2) {
    write_slow_connection(flow, waited, incident);
    return;
  }
  std::string seen;
  if (waiting.repeated_synack.value_or(0) > 0.5) {
    seen = fmt::format(" {:.1f} s of it went to repeated SYN-ACKs (packets lost on the way).",
                       *waiting.repeated_synack);
  }
  if (waiting.ident_outcome && *waiting.ident_outcome != "dropped") {
    seen += fmt::format(" Its ident query was {}, so ident is not the cause.",
                        answer_in_words(waiting));
  } else if (waiting.ident_queries.value_or(0) > 0) {
    seen += fmt::format(" An ident query took {:.1f} s of it unanswered, which is not the most.",
                        waiting.ident.value_or(0));
  } else {
    seen += " No ident query was seen on this interface.";
  }
  if (lookup) seen += fmt::format(" The server asked the DNS for {}.", *lookup);
  incident.summary =
      waiting.greeting_delay_seconds
          ? fmt::format("slow greeting: {} waited {:.1f} s for the {} greeting of {}.{}",
                        waiting_client(flow, incident), waited, protocol_word(flow),
                        server_of(flow), seen)
          : fmt::format("no greeting: {} gave up after {:.1f} s without a {} greeting of {}.{}",
                        waiting_client(flow, incident), waited, protocol_word(flow),
                        server_of(flow), seen);
  if (lookup) {
    incident.remedy = fmt::format(
        "Mend the DNS of {}: its resolver does not answer in time (try `dig -x {}` there; look at "
        "/etc/resolv.conf and at what drops UDP port 53 on the way). Or turn look-ups before the "
        "greeting off.",
        to_string(flow.key.server), to_string(flow.key.client));
    return;
  }
  incident.remedy = fmt::format(
      "Look on {} for what it waits on before it greets: DNS look-ups of the client's address "
      "(try `dig -x {}` there), a greet delay or tarpit set on purpose, a blocklist that does not "
      "answer, or too few processes. If ident is suspected, watch the outer interface as well: "
      "behind NAT the query is invisible inside.",
      to_string(flow.key.server), to_string(flow.key.client));
}

}  // namespace mxray
