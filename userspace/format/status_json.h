// SPDX-License-Identifier: Apache-2.0
// What does the daemon say about itself, and how does that look as JSON?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/snapshot.h"
#include "base/kernel_stats.h"
#include "base/result.h"

namespace mxray {

/// Why a file of the configuration, as it now is, is not in force: one sentence, empty if it is.
struct ReloadProblems {
  std::string config;
  std::string web_config;
};

/// `the configuration on disk is not in force: mxrayd.yaml:3: ...`, one a file that is not.
std::vector<std::string> sentences(const ReloadProblems& problems);

/// What `mxray status` shows. Plain data that the daemon fills.
struct DaemonStatus {
  std::string version;
  double uptime_seconds = 0;
  std::vector<std::string> interfaces;  // as configured; see kernel.attachments
  KernelStats kernel;                   // histogram cells are not part of the JSON
  Totals totals;
  struct Store {
    std::string state = "off";  // ok degraded off
    std::string detail;         // one sentence why, empty if all is well
  } store;
  ReloadProblems reload_problems;
  std::string privileges;  // what the process may still do, one sentence; empty: it does not tell
  std::string pin_dir;     // where what is watched outlives the process; empty: it does not
  std::uint64_t records_lost = 0;  // see records_lost()
};

/// Records that never reached the analysis: the number behind exit code 5.
std::uint64_t records_lost(const KernelStats& kernel, const Totals& totals);

/// One object on one line (schema_version 1), without the line end.
std::string to_json_line(const DaemonStatus& status);

/// The inverse; a counter this build does not know is skipped, one that is
/// missing is 0. Fails with the name of the first field that is wrong.
Result<DaemonStatus> status_from_json(std::string_view text);

}  // namespace mxray
