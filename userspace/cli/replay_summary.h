// SPDX-License-Identifier: Apache-2.0
// What was in the capture files, beside the incidents?
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "analysis/snapshot.h"
#include "base/kernel_stats.h"

namespace mxray::cli {

struct ReplayFigures {
  std::uint64_t packets = 0;
  std::size_t incidents = 0;
  std::size_t left_out = 0;  // of them, by filters
  Totals totals;
  KernelStats stats;
};

/// One paragraph on one line: packets, flows, ident outcomes, what was skipped.
std::string replay_summary(const ReplayFigures& figures);

}  // namespace mxray::cli
