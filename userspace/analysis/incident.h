// SPDX-License-Identifier: Apache-2.0
// What is an incident?
//
// The passive data that analysis produces and that store, metrics, server and
// CLI hand on. Its JSON form is the contract of docs/incident.schema.json; see
// format/incident_json.h. All text in it has passed the sanitizer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "record.h"

namespace mxray {

enum class Kind : std::uint8_t {
  kForgedReply,
  kForgedReset,
  kIdentStall,
  kSlowGreeting,
  kSmtpProxy,
  kUnauthenticatedSubmission,
  kHairpinFailure,
  kSourceMasked,
  kRejected,
};
inline constexpr std::size_t kKindCount = 9;

/// Whether somebody spoke in another's name: then there is a forger to find.
constexpr bool is_forgery(Kind kind) {
  return kind == Kind::kForgedReply || kind == Kind::kForgedReset;
}

/// `forged_reply`, `forged_reset`, `ident_stall`, `slow_greeting`, `smtp_proxy`,
/// `unauthenticated_submission`, `hairpin_failure`, `source_masked`, `rejected`.
std::string_view name_of(Kind kind);
std::optional<Kind> kind_from_name(std::string_view name);

enum class Confidence : std::uint8_t { kPossible, kProbable, kCertain };
inline constexpr std::size_t kConfidenceCount = 3;
std::string_view name_of(Confidence confidence);
std::optional<Confidence> confidence_from_name(std::string_view name);

/// `smtp`, `pop3`, `imap`, `other`, `ident`.
std::string_view name_of(core::protocol protocol);
std::optional<core::protocol> protocol_from_name(std::string_view name);

/// `EHLO`, `MAIL FROM`, ...; empty for VERB_NONE.
std::string_view name_of(core::verb verb);

/// One reason for a verdict. `weight` is the log10 of the likelihood ratio
/// (forged : genuine); 0 for facts that only explain.
struct Evidence {
  std::string signal;
  std::string seen;
  std::string expected;
  double weight = 0;
};

/// One packet around an incident, ready to show.
struct PacketRow {
  std::uint64_t time_ns = 0;  // wall clock
  bool from_server = false;
  bool suspect = false;
  std::string what;  // `SYN`, `SYN-ACK`, `data`, `RST`, `ident query`, ...
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t length = 0;
  std::uint32_t digest = 0;  // of its content; not kept, only to tell packets apart
  std::uint16_t ip_id = 0;
  std::uint16_t window = 0;
  std::uint8_t ttl = 0;
  bool dont_fragment = false;
  bool ipv6 = false;
  std::string options;  // `MSS SACK TS WS`, empty if none
  std::string text;     // sanitized, redacted
};

/// forged_reply and forged_reset.
struct Forgery {
  std::optional<std::string> forged_text;
  std::optional<int> forged_code;
  std::optional<std::string> genuine_text;
  std::optional<int> baseline_ttl;
  std::optional<int> forged_ttl;
  std::optional<int> server_hops;
  std::optional<int> forger_hops;
  std::optional<std::string> forger_class;  // simple constant_window reflector mimic
  std::optional<double> rtt_ms;
  std::optional<double> forged_delay_ms;
  std::optional<double> genuine_delay_ms;
  std::optional<bool> client_accepted;
  std::optional<std::string> impersonated;     // `server` or `client`: in whose name
  std::optional<std::string> trigger_command;  // that the forged reply answered: `RCPT TO`
  /// How the forger sets its window: `0`, `8192`, `ttl+566`, `copied`.
  std::optional<std::string> window_rule;
  /// The forged packet was seen on its way out of this gateway, whose routing had
  /// taken one from its TTL; false: on its way in; nullopt: unknown (a replay).
  std::optional<bool> after_routing;
};

/// ident_stall and slow_greeting; seconds. The four parts of the breakdown add
/// up to greeting_delay_seconds, which counts from the client's SYN.
struct Waiting {
  std::optional<double> greeting_delay_seconds;  // nullopt: no greeting yet
  std::optional<double> stall_seconds;
  std::optional<int> ident_queries;
  std::optional<std::string> ident_outcome;  // dropped reset unreachable answered
  std::optional<double> handshake;
  std::optional<double> repeated_synack;
  std::optional<double> ident;
  std::optional<double> rest;
};

/// smtp_proxy, unauthenticated_submission and rejected: what was said.
struct Dialogue {
  std::optional<std::string> helo;           // the name the client gave
  std::optional<std::string> sender_domain;  // of MAIL FROM
  std::optional<bool> auth_offered;
  std::optional<bool> auth_used;
  std::optional<bool> starttls_offered;
  std::optional<bool> starttls_used;
  std::optional<int> reply_code;
  std::optional<std::string> reply_text;
  std::optional<std::string> reason;  // of rejected: reverse_dns, helo, sender_verify, ...
};

/// hairpin_failure and source_masked: what the gateway made of an address.
struct Translation {
  std::optional<Endpoint> original;
  std::optional<Endpoint> translated;  // nullopt: it was not translated
  std::optional<int> syn_count;
};

struct Incident {
  std::string id;  // 12 hex digits, stable across amendments
  Kind kind = Kind::kForgedReply;
  std::uint64_t time_ns = 0;  // wall clock, of the packet that proved it
  Confidence confidence = Confidence::kPossible;
  double score = 0;
  core::protocol protocol = core::PROTOCOL_NONE;
  std::string interface;
  Endpoint client;
  Endpoint server;
  std::optional<Endpoint> inside_client;
  std::string summary;
  std::string remedy;
  std::vector<Evidence> evidence;
  std::optional<Forgery> forgery;
  std::optional<Waiting> waiting;
  std::optional<Dialogue> dialogue;
  std::optional<Translation> translation;
  std::vector<PacketRow> packets;  // by time; shown by `explain`
  bool ongoing = false;            // may still be amended
  std::uint32_t amendments = 0;
  Confidence counted_as = Confidence::kPossible;  // the highest that the totals have it under

  /// One more piece of evidence, which counts with its weight.
  void add(Evidence more) {
    score += more.weight;
    evidence.push_back(std::move(more));
  }
};

}  // namespace mxray
