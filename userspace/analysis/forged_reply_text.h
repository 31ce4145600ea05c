// SPDX-License-Identifier: Apache-2.0
// What is said of a forged reply to the engineer on call?
#pragma once

#include "analysis/flow_table.h"
#include "analysis/incident.h"
#include "analysis/suspicion.h"

namespace mxray {

/// Writes summary and remedy from what the incident's other fields say.
void write_forged_reply(const Flow& flow, const Suspicion& suspicion, Incident& incident);

}  // namespace mxray
