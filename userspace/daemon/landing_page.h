// SPDX-License-Identifier: Apache-2.0
// What does a person see who opens the daemon's address in a browser?
#pragma once

#include <string>
#include <vector>

#include "analysis/incident.h"
#include "base/kernel_stats.h"

namespace mxray {

/// A whole HTML page without scripts or outside resources: the interfaces, the
/// given incidents in their order, and where to go on. All text is escaped.
std::string landing_page(const std::vector<const Incident*>& incidents, const KernelStats& stats);

}  // namespace mxray
