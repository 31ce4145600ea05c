// SPDX-License-Identifier: Apache-2.0
// What does the rest of the program get to see of the analysis?
//
// Copies: the flows for `mxray flows`, the totals for the metrics. Reading them
// never holds up the records.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/forger_counts.h"
#include "analysis/incident.h"
#include "analysis/reply_reasons.h"
#include "analysis/signal_rates.h"
#include "base/address.h"
#include "record.h"

namespace mxray {

enum class FlowState : std::uint8_t {
  kWaiting,    // established, no greeting yet
  kDialogue,   // greeted, in clear text
  kEncrypted,  // TLS
  kClosed,     // lingers for a late reply
};
inline constexpr std::size_t kFlowStateCount = 4;
std::string_view name_of(FlowState state);
std::optional<FlowState> flow_state_from_name(std::string_view name);

/// A reply of 4xx or 5xx, as the server sent it.
struct Refusal {
  std::uint64_t time_ns = 0;  // wall clock
  int code = 0;
  std::string text;     // all its lines, sanitized, without mailbox names
  std::string command;  // that it answers: `RCPT TO`; empty if unknown
  std::string reason;   // reverse_dns, helo, ...; see reply_reasons.h
};

/// One line of `mxray flows`: a connection, of one leg or more. The addresses are
/// those of the leg next to the server.
struct FlowView {
  core::protocol protocol = core::PROTOCOL_NONE;
  FlowState state = FlowState::kWaiting;
  std::string interface;
  Endpoint client;
  Endpoint server;
  std::optional<Endpoint> inside_client;     // the client before NAT
  std::optional<Endpoint> published_server;  // the server as the client asked for it
  std::uint64_t opened_ns = 0;               // wall clock
  std::optional<double> rtt_ms;
  std::optional<int> server_hops;         // routers between, by the TTL of the SYN-ACK
  std::optional<double> waiting_seconds;  // for a greeting, while it lasts
  std::optional<double> greeting_delay_seconds;
  std::uint32_t ident_queries = 0;  // unanswered ones while waiting
  std::optional<std::string> ident_outcome;
  std::optional<int> last_reply_code;
  bool midstream = false;
  std::uint64_t closed_ns = 0;               // wall clock; 0: not yet
  std::optional<std::string> helo;           // the name the client gave
  std::optional<std::string> sender_domain;  // of its latest MAIL FROM
  std::vector<Refusal> refusals;             // the first few, by time
  std::vector<std::string> incidents;        // ids of those raised about it
};

/// Which connections a reader wants.
struct FlowChoice {
  std::vector<FlowState> states;     // none: all
  std::optional<std::size_t> limit;  // see Analyzer::flows
  bool latest_first = false;         // by when they were heard of, however long others wait

  [[nodiscard]] bool wants(FlowState state) const {
    return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
  }
};

enum class IdentOutcome : std::uint8_t { kDropped, kReset, kUnreachable, kAnswered };
inline constexpr std::size_t kIdentOutcomeCount = 4;
std::string_view name_of(IdentOutcome outcome);

/// What became of the ident queries of one server to one address.
struct IdentView {
  core::address server{};  // who asks
  core::address asked{};
  std::array<std::uint64_t, kIdentOutcomeCount> outcomes{};
  IdentOutcome last_outcome = IdentOutcome::kDropped;
  std::uint64_t last_ns = 0;   // wall clock, of the latest query
  double longest_seconds = 0;  // from a first SYN to its last, or to the answer
};

/// [protocol][state]
using FlowCounts = std::array<std::array<std::uint64_t, kFlowStateCount>, core::PROTOCOL_COUNT>;

/// Whose server refused.
enum class Refuser : std::uint8_t { kOurs, kOthers, kUnknown };
inline constexpr std::size_t kRefuserCount = 3;
std::string_view name_of(Refuser refuser);

/// The latest incident that was counted.
struct LatestIncident {
  std::string id;  // empty: none yet
  std::uint64_t time_ns = 0;
};

/// Totals since the start; all but the last three only ever rise.
struct Totals {
  // [kind][confidence], counted when raised, under the confidence of that time
  std::array<std::array<std::uint64_t, kConfidenceCount>, kKindCount> incidents{};
  // [kind][confidence]: rose to it or past it, after having been raised with less
  std::array<std::array<std::uint64_t, kConfidenceCount>, kKindCount> incident_promotions{};
  std::uint64_t incident_amendments = 0;
  std::array<std::uint64_t, kIdentOutcomeCount> ident_outcomes{};
  // [protocol][0: 4xx; 1: 5xx, -ERR, NO, BAD]; of other replies the kernel tells
  // only some, so they are counted nowhere but in the histogram of delays
  std::array<std::array<std::uint64_t, 2>, core::PROTOCOL_COUNT> refusals{};
  std::array<std::uint64_t, core::PROTOCOL_COUNT> flows_opened{};
  std::array<std::uint64_t, core::PROTOCOL_COUNT> syn_acks_repeated{};
  std::array<std::uint64_t, 2> resets{};  // by client, by server
  std::array<SignalRates, core::PROTOCOL_COUNT> signal_rates{};
  std::uint64_t records = 0;
  std::uint64_t records_unreadable = 0;  // another version or size
  std::uint64_t flows_forgotten = 0;     // pushed out of a full table
  ForgerCounts forgeries;                // counted when raised, by what was known then
  // [refuser][reason] of SMTP, forged replies left out; two seconds late
  std::array<std::array<std::uint64_t, kReasonCount>, kRefuserCount> refusal_reasons{};
  std::uint64_t connections_translated = 0;  // by NAT here, between legs
  FlowCounts flows{};                        // now
  double longest_wait_seconds = 0;           // for a greeting, as of the last tick; 0: nobody waits
  // [kind][confidence]
  std::array<std::array<LatestIncident, kConfidenceCount>, kKindCount> latest;
};

}  // namespace mxray
