// SPDX-License-Identifier: Apache-2.0
// forged_reset: did somebody hang up in another's name?
#pragma once

#include "analysis/context.h"
#include "record.h"

namespace mxray {

/// A RST was seen. Load balancers reset from another box (12 % of genuine
/// resets have a foreign TTL), so it takes more than that.
void weigh_reset(Context& context, Flow& flow, const core::record_signal& record);

/// The one in whose name the RST came goes on: it did not hang up.
void weigh_alive(Context& context, Flow& flow, const core::record_signal& record);

}  // namespace mxray
