// SPDX-License-Identifier: Apache-2.0
// What is said of a wait, and what to do about it?
#pragma once

#include <optional>
#include <string>

#include "analysis/flow_table.h"
#include "analysis/ident_table.h"
#include "analysis/incident.h"
#include "analysis/lookup_table.h"

namespace mxray {

/// Summary and remedy of an ident stall; `incident.waiting` must be filled in.
/// `here`: the asked address is this gateway's. `waited`: seconds since the
/// connection stood.
void write_ident_stall(const Flow& flow, const IdentQuery& query, bool here, double waited,
                       Incident& incident);

/// A server's DNS look-up during a wait, for people: `the name of 192.0.2.1 (2
/// questions to 10.0.0.53, no answer for 9.8 s)`. `open_seconds`: until its answer,
/// or until the wait was over.
std::string lookup_in_words(const Lookup& lookup, const Flow& flow, double open_seconds);

/// The same as write_ident_stall() for a greeting that came late, or never, for
/// another reason. `lookup`: what lookup_in_words() made of one, if one was seen.
void write_slow_greeting(const Flow& flow, double waited, const std::optional<std::string>& lookup,
                         Incident& incident);

}  // namespace mxray
