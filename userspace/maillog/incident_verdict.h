// SPDX-License-Identifier: Apache-2.0
// What does an incident say of the reply in the log?
#pragma once

#include <optional>

#include "analysis/incident.h"
#include "maillog/agreement.h"
#include "maillog/failed_delivery.h"
#include "maillog/match.h"

namespace mxray::maillog {

/// kForged, if the reply in the log is the forger's, kGenuine, if it is the one that
/// the forger came before; nullopt: neither. `how` tells by what the two agree.
std::optional<Verdict> verdict_of(const Incident& incident, const FailedDelivery& delivery,
                                  Agreement& how);

}  // namespace mxray::maillog
