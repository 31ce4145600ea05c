// SPDX-License-Identifier: Apache-2.0
// What do the kinds of incident share?
//
// The tables they read, the way to report, and how an incident begins.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "analysis/attempt_table.h"
#include "analysis/flow_table.h"
#include "analysis/ident_outcomes.h"
#include "analysis/ident_table.h"
#include "analysis/lookup_table.h"
#include "analysis/nat_cases.h"
#include "analysis/published.h"
#include "analysis/rejected.h"
#include "analysis/senders.h"
#include "analysis/server_habits.h"
#include "analysis/settings.h"
#include "analysis/smtp_proxy.h"
#include "analysis/submission.h"
#include "analysis/told_packets.h"
#include "base/bounded_map.h"

namespace mxray {

struct Context {
  explicit Context(AnalyzerSettings given, std::function<void(const Incident&)> on_incident)
      : settings(std::move(given)),
        flows(settings.max_flows),
        published(settings.is_local, settings.network_of),
        report(std::move(on_incident)) {}

  AnalyzerSettings settings;
  FlowTable flows;
  IdentTable idents;
  IdentOutcomes ident_outcomes;
  LookupTable lookups;
  ServerTable servers;
  ToldPackets told;
  RejectionTable rejections;
  SubmitterTable submitters;
  MailHostTable mail_hosts{4096};
  SenderTable senders{1024};
  AttemptTable attempts;
  PublishedTable published;
  BoundedMap<core::flow_key, HairpinCase> hairpin_cases{1024};
  BoundedMap<core::flow_key, MaskedCase> masked_cases{1024};
  Totals totals;
  std::function<void(const Incident&)> report;

  /// A new incident of the flow: id, names and addresses filled in. `which` tells
  /// those of one kind apart that one packet may cause.
  Incident begin(Kind kind, const Flow& flow, std::uint64_t time_ns, std::string_view which = {});
  /// The same for an attempt that is no flow.
  Incident begin(Kind kind, const core::flow_key& key, core::protocol protocol,
                 std::uint64_t time_ns, std::string_view which = {}) const;
  /// Empty where nobody knows names: a capture has none.
  [[nodiscard]] std::string name_of_interface(std::uint32_t interface) const;
  /// The network's side of the gateway by its own account: a bridge rather than its port
  /// `seen_on`, which no rule for routed packets matches.
  [[nodiscard]] std::string routed_interface(const core::address& host,
                                             std::uint32_t seen_on) const;
  /// Reports it for the first time and counts it.
  void raise(Incident& incident);
  /// Reports what has become of it since; counts it where its confidence rose.
  void amend(Incident& incident);
};

/// No more is heard of what an incident goes on about, or it must make room for
/// another: `known` is as new.
template <typename Case>
void end_case(Context& context, Case& known) {
  if (!known.incident) return;
  known.incident->ongoing = false;
  context.amend(*known.incident);
  known = Case{};
}

/// A flow's server, `192.0.2.1:25`.
std::string server_of(const Flow& flow);

/// `SMTP`, `POP3`, `IMAP`, or `port N`.
std::string protocol_word(const Flow& flow);

}  // namespace mxray
