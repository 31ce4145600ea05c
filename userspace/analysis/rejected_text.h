// SPDX-License-Identifier: Apache-2.0
// What is said of refused mail, and what to do about it?
#pragma once

#include "analysis/incident.h"
#include "analysis/reply_reasons.h"

namespace mxray {

struct Rejections;

/// Summary and remedy; incident.dialogue must be filled in.
void write_rejected(const Rejections& group, Reason reason, Incident& incident);

/// The reply was forged after all: nothing is left of the incident.
void write_withdrawn(Incident& incident);

}  // namespace mxray
