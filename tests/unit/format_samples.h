// SPDX-License-Identifier: Apache-2.0
// Which incidents, flows, statuses and paths do the tests of format and CLI show?
#pragma once

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "analysis/waves.h"
#include "dns/judge.h"
#include "format/ident_json.h"
#include "format/sender_json.h"
#include "format/status_json.h"
#include "maillog/failed_delivery.h"
#include "maillog/match.h"
#include "path/path.h"

namespace mxray::samples {

/// The forged "500 error" of a gateway in China, every forgery field known.
Incident forged_reply();

/// A dropped ident query, every waiting field known, still going on.
Incident ident_stall();

/// A reset of which nothing but the addresses is known.
Incident bare_reset();

/// 203.0.113.9 waits for the greeting of an IPv6 server.
FlowView waiting_flow();

/// A mail that was refused: every field of its dialogue known.
FlowView refused_flow();
/// What is raised about it, every dialogue field known.
Incident rejected();
/// Every translation field known.
Incident hairpin_failure();

IdentView ident();
IdentCheck asked_ident();
IdentCheck unasked_ident();

/// The forged reply and the bare reset, and a third forgery, in waves: one of
/// which all is known, one of which nothing is.
std::vector<Wave> waves();

/// Every counter and total another number, so that a mix-up shows.
DaemonStatus status();

/// The forged "500 error"'s path: 15 hops, the least RTT of each, server reached.
Path path();

/// Two hops to an IPv6 server, of which one is silent; nothing else is known.
Path unreached_path();

/// One finding of each severity, an answer that is missing, nothing left out.
dns::Report dns_report();

/// An address of which nothing but that is known.
dns::Report unanswered_dns_report();

/// Everything known, and nothing but the address known.
std::vector<Sender> senders();

/// A bounce in a qmail log, every field known, and what it is matched with.
struct Bounce {
  maillog::FailedDelivery delivery;
  FlowView session;
  Incident incident = forged_reply();

  /// As forged, with everything known of the session.
  [[nodiscard]] maillog::Match match() const;
};
Bounce bounce();

}  // namespace mxray::samples
