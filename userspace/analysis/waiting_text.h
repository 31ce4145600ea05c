// SPDX-License-Identifier: Apache-2.0
// What is said of a wait, and what to do about it?
#pragma once

#include "analysis/flow_table.h"
#include "analysis/ident_table.h"
#include "analysis/incident.h"

namespace mxray {

/// Summary and remedy of an ident stall; `incident.waiting` must be filled in.
/// `here`: the asked address is this gateway's. `waited`: seconds since the
/// connection stood.
void write_ident_stall(const Flow& flow, const IdentQuery& query, bool here, double waited,
                       Incident& incident);

/// The same for a greeting that came late, or never, for another reason.
void write_slow_greeting(const Flow& flow, double waited, Incident& incident);

}  // namespace mxray
