// SPDX-License-Identifier: Apache-2.0
// Which connections are shown, and in which order?
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/context.h"
#include "analysis/snapshot.h"

namespace mxray {

/// Analyzer::flows(), which says what is promised.
std::vector<FlowView> list_flows(Context& context, const FlowChoice& choice, std::uint64_t now_ns);

}  // namespace mxray
