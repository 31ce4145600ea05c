// SPDX-License-Identifier: Apache-2.0
// What did the analysis see of the mail? Every combination of labels is there
// from the start, at 0: rate() and alerts miss the first event of a series that
// appears with it.
#include <algorithm>
#include <string_view>

#include "metrics/subjects.h"

namespace mxray {
namespace {

constexpr const char* kIncidents = "mxray_incidents_total";

prometheus::MetricFamily incidents(const Totals& totals) {
  auto family = counter(kIncidents, "Incidents raised, by their first confidence.");
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    for (std::size_t confidence = 0; confidence < kConfidenceCount; ++confidence) {
      add(family,
          {{"kind", name_of(static_cast<Kind>(kind))},
           {"confidence", name_of(static_cast<Confidence>(confidence))}},
          totals.incidents[kind][confidence]);
    }
  }
  return family;
}

prometheus::MetricFamily ident_queries(const Totals& totals) {
  auto family = counter("mxray_ident_queries_total",
                        "Ident queries (port 113) that a mail flow waited on, by their end.");
  for (std::size_t outcome = 0; outcome < kIdentOutcomeCount; ++outcome) {
    add(family, {{"outcome", name_of(static_cast<IdentOutcome>(outcome))}},
        totals.ident_outcomes[outcome]);
  }
  return family;
}

prometheus::MetricFamily refusals(const Totals& totals) {
  constexpr std::array<std::string_view, 2> kClasses = {"4xx", "5xx"};
  auto family = counter("mxray_refusals_total",
                        "Replies of servers that refuse something; -ERR, NO and BAD count as 5xx.");
  for (const core::protocol protocol : kMailProtocols) {
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      add(family, {{"protocol", name_of(protocol)}, {"class", kClasses[i]}},
          totals.refusals[protocol][i]);
    }
  }
  return family;
}

prometheus::MetricFamily refusals_by_reason(const Totals& totals) {
  auto family = counter("mxray_refusals_by_reason_total",
                        "Refusals of SMTP servers that are not forged, by whose server it was and "
                        "why; each counted once however many interfaces show it.");
  for (std::size_t refuser = 0; refuser < kRefuserCount; ++refuser) {
    for (std::size_t reason = 0; reason < kReasonCount; ++reason) {
      add(family,
          {{"server", name_of(static_cast<Refuser>(refuser))},
           {"reason", name_of(static_cast<Reason>(reason))}},
          totals.refusal_reasons[refuser][reason]);
    }
  }
  return family;
}

prometheus::MetricFamily forgeries(const Totals& totals) {
  auto family = counter("mxray_forgeries_total",
                        "Incidents of forgery raised, by the forger's class and its hops from "
                        "here, as known at first.");
  for (std::size_t i = 0; i < ForgerCounts::kClasses.size(); ++i) {
    for (std::size_t k = 0; k < ForgerCounts::kHops.size(); ++k) {
      add(family, {{"class", ForgerCounts::kClasses[i]}, {"hops", ForgerCounts::kHops[k]}},
          totals.forgeries.of(i, k));
    }
  }
  return family;
}

prometheus::MetricFamily last_incidents(const Totals& totals) {
  auto family = gauge("mxray_incident_last_timestamp_seconds",
                      "When the latest incident was raised, seconds since 1970; 0 if none was "
                      "since mxrayd started.");
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    std::uint64_t last_ns = 0;
    for (const LatestIncident& latest : totals.latest[kind]) {
      last_ns = std::max(last_ns, latest.time_ns);
    }
    add(family, {{"kind", name_of(static_cast<Kind>(kind))}}, static_cast<double>(last_ns) / 1e9);
  }
  return family;
}

prometheus::MetricFamily flows(const Totals& totals) {
  auto family =
      gauge("mxray_flows",
            "Mail connections known now, each counted once however many interfaces show it.");
  for (const core::protocol protocol : kMailProtocols) {
    for (std::size_t state = 0; state < kFlowStateCount; ++state) {
      add(family,
          {{"protocol", name_of(protocol)}, {"state", name_of(static_cast<FlowState>(state))}},
          totals.flows[protocol][state]);
    }
  }
  return family;
}

template <typename Counts>
prometheus::MetricFamily by_protocol(prometheus::MetricFamily family, const Counts& counts) {
  for (const core::protocol protocol : kMailProtocols) {
    add(family, {{"protocol", name_of(protocol)}}, counts[protocol]);
  }
  return family;
}

prometheus::MetricFamily resets(const Totals& totals) {
  auto family = counter("mxray_resets_total",
                        "TCP resets in mail connections, by the side they claim to come from.");
  add(family, {{"by", "client"}}, totals.resets[0]);
  add(family, {{"by", "server"}}, totals.resets[1]);
  return family;
}

// A share of each in the connections is this network's base rate.
prometheus::MetricFamily signals(const Totals& totals) {
  auto family = counter("mxray_connection_signals_total",
                        "Ended mail connections whose server showed the signal at least once.");
  for (const core::protocol protocol : kMailProtocols) {
    const SignalRates& rates = totals.signal_rates[protocol];
    for (std::size_t bit = 0; bit < rates.showing.size(); ++bit) {
      add(family, {{"protocol", name_of(protocol)}, {"signal", signal_name(bit)}},
          rates.showing[bit]);
    }
  }
  return family;
}

prometheus::MetricFamily judged(const Totals& totals) {
  auto family = counter("mxray_connections_judged_total",
                        "Ended mail connections with a handshake and data of the server.");
  for (const core::protocol protocol : kMailProtocols) {
    add(family, {{"protocol", name_of(protocol)}}, totals.signal_rates[protocol].connections);
  }
  return family;
}

}  // namespace

void add_mail_families(const Totals& totals, Families& families) {
  families.push_back(incidents(totals));
  families.push_back(with(counter("mxray_incident_amendments_total",
                                  "Times that more became known of a raised incident."),
                          totals.incident_amendments));
  families.push_back(last_incidents(totals));
  families.push_back(forgeries(totals));
  families.push_back(ident_queries(totals));
  families.push_back(refusals(totals));
  families.push_back(refusals_by_reason(totals));
  families.push_back(flows(totals));
  families.push_back(with(gauge("mxray_greeting_wait_longest_seconds",
                                "How long the client that has waited longest for a greeting has "
                                "waited now; 0 if none waits."),
                          totals.longest_wait_seconds));
  families.push_back(by_protocol(
      counter("mxray_flows_opened_total", "Mail connections seen to open, each counted once."),
      totals.flows_opened));
  families.push_back(with(counter("mxray_connections_translated_total",
                                  "Mail connections seen both before and after NAT."),
                          totals.connections_translated));
  families.push_back(by_protocol(
      counter("mxray_syn_acks_repeated_total", "SYN-ACKs that a server had to send again."),
      totals.syn_acks_repeated));
  families.push_back(resets(totals));
  families.push_back(judged(totals));
  families.push_back(signals(totals));
  families.push_back(
      with(counter("mxray_records_read_total", "Records that were analysed."), totals.records));
  families.push_back(with(counter("mxray_records_unreadable_total",
                                  "Records of another version or size than this build knows."),
                          totals.records_unreadable));
  families.push_back(with(
      counter("mxray_flows_forgotten_total", "Flows pushed out of a full table of the analysis."),
      totals.flows_forgotten));
}

Exemplars incident_exemplars(const Totals& totals) {
  Exemplars exemplars;
  for (std::size_t kind = 0; kind < kKindCount; ++kind) {
    for (std::size_t confidence = 0; confidence < kConfidenceCount; ++confidence) {
      const LatestIncident& latest = totals.latest[kind][confidence];
      if (latest.id.empty()) continue;
      exemplars.emplace(std::pair(kIncidents, kind * kConfidenceCount + confidence),
                        Exemplar{.label_name = "incident_id",
                                 .label_value = latest.id,
                                 .value = 1,
                                 .time_ns = latest.time_ns});
    }
  }
  return exemplars;
}

}  // namespace mxray
