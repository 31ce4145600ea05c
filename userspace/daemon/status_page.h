// SPDX-License-Identifier: Apache-2.0
// What does the daemon say about itself, and how much did it miss?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "base/kernel_stats.h"
#include "format/status_json.h"

namespace mxray {

struct StatusFacts {
  double uptime_seconds = 0;
  std::vector<std::string> interfaces;  // as configured
  KernelStats kernel;
  Totals totals;
  std::uint64_t refused_records = 0;  // by the reader of the rings
  bool store_working = false;
  std::string store_problem;  // one sentence, empty if all is well
  ReloadProblems reload_problems{};
  std::string privileges{};  // see DaemonStatus
  std::string pin_dir{};
};

/// One JSON object on one line, without the line end; see format/status_json.h.
std::string status_page(StatusFacts facts);

/// Records that never reached the analysis, since the start.
std::uint64_t lost_records(const KernelStats& kernel, const Totals& totals,
                           std::uint64_t refused_records);

}  // namespace mxray
