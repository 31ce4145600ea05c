// SPDX-License-Identifier: Apache-2.0
// Where does a report get what it tells: from the daemon, or from capture files?
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/daemon_client.h"
#include "cli/replay_arguments.h"
#include "report/report.h"

namespace mxray::cli {

/// What is to be in the report.
struct ReportWish {
  std::uint64_t since_ns = 0;  // wall clock, both inclusive
  std::uint64_t until_ns = 0;
  std::string incident;  // the id of the only one; empty: all of the period
  Query query;           // of /v1/incidents, so that the daemon need not send all
  std::function<bool(const Incident&)> wants;
  std::string path;  // the text of a path to a forgery's server; empty: none is given
};

/// `exit` is kOk or kPartial if `input` can be shown; else why it cannot. `message`
/// may say what is missing.
struct ReportMaterial {
  ReportInput input;
  ExitCode exit = ExitCode::kOk;
  std::string message;
};

ReportMaterial material_of_daemon(const DaemonClient& daemon, const ReportWish& wish);

/// `wish.until_ns` 0: the whole captures.
ReportMaterial material_of_captures(const std::vector<std::string>& files,
                                    const ReplayArguments& judging, const ReportWish& wish);

}  // namespace mxray::cli
