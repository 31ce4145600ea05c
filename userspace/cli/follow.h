// SPDX-License-Identifier: Apache-2.0
// How does --follow keep asking the daemon?
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "cli/daemon_client.h"
#include "cli/output.h"

namespace mxray::cli {

/// What is asked, how often, and who gets the answers.
struct Following {
  std::string path;
  std::chrono::milliseconds interval;
  std::function<Query()> query;
  /// kOk to go on; else it has said what is wrong.
  std::function<ExitCode(const Answer&)> take;
};

/// Asks until the daemon stays away for longer than a restart takes (a daemon that never
/// answered is not waited for), the reader of a pipe goes, or `take` has enough. Losses
/// are told once they grow.
ExitCode follow(const Following& following, const DaemonClient& daemon, const Output& output);

}  // namespace mxray::cli
