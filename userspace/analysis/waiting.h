// SPDX-License-Identifier: Apache-2.0
// ident_stall and slow_greeting: who waits for the greeting, and for what?
#pragma once

#include "analysis/context.h"
#include "record.h"

namespace mxray {

/// A query to port 113 was made, repeated or answered.
void note_ident(Context& context, const core::record_ident& record);

/// The greeting came, late: raises ident_stall if the server spent the time on
/// an ident query that nobody answered, else slow_greeting.
void weigh_slow_greeting(Context& context, Flow& flow, const core::record_signal& record);

/// The greeting came, late or not: an ident query still open is settled.
void settle_ident(Context& context, Flow& flow, std::uint64_t now_ns);

/// The connection ended and nobody had greeted.
void weigh_never_greeted(Context& context, Flow& flow, const core::record_flow& record);

/// Raises stalls that are still going on, so that a person on call need not
/// wait for their end; settles queries that nobody will answer any more.
void watch_waiting(Context& context, std::uint64_t now_ns);

/// The query that this flow waits on or waited on; nullptr if there is none.
IdentQuery* ident_of(Context& context, Flow& flow);

}  // namespace mxray
