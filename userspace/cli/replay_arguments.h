// SPDX-License-Identifier: Apache-2.0
// Which options tell a replay how to judge? `replay` and `report --replay` share them.
#pragma once

#include <string>
#include <vector>

#include "replay/replay.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mxray::cli {

struct ReplayArguments {
  std::string ports;
  std::vector<std::string> local_domains;
  double slow_greeting_seconds = AnalyzerSettings{}.slow_greeting_seconds;

  /// Of arguments that CLI11 has checked.
  [[nodiscard]] ReplayOptions settings() const;
};

/// Adds --ports, --local-domain and --slow-greeting, and returns them.
std::vector<CLI::Option*> add_replay_arguments(CLI::App& app, ReplayArguments& arguments);

}  // namespace mxray::cli
