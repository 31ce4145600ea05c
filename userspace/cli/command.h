// SPDX-License-Identifier: Apache-2.0
// What does a subcommand hand to the program?
//
// Each command_*.cpp adds one CLI11 subcommand with its options and returns
// what to run if the user chose it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/exit_code.h"
#include "cli/output.h"

namespace CLI {
class App;
}

namespace mxray::cli {

/// Options that come before the subcommand or among its own.
struct GlobalOptions {
  std::string socket = "/run/mxray/mxrayd.sock";
  std::string colour = "auto";  // auto, always, never
  std::string zone = "utc";     // utc, local
};
using Globals = std::shared_ptr<const GlobalOptions>;

struct Command {
  CLI::App* app = nullptr;  // owned by its parent
  std::function<ExitCode(const Output&)> run;
};

Command add_incidents(CLI::App& parent, Globals globals);
Command add_explain(CLI::App& parent, Globals globals);
Command add_flows(CLI::App& parent, Globals globals);
Command add_status(CLI::App& parent, Globals globals);
Command add_replay(CLI::App& parent);
Command add_report(CLI::App& parent, Globals globals);
Command add_doctor(CLI::App& parent, Globals globals);
Command add_bounces(CLI::App& parent, Globals globals);
Command add_top(CLI::App& parent, Globals globals);
Command add_trace(CLI::App& parent, Globals globals);

}  // namespace mxray::cli
