// SPDX-License-Identifier: Apache-2.0
#include "cli/command_check.h"

#include <CLI/CLI.hpp>

namespace mxray::cli {

std::vector<Command> add_check(CLI::App& parent, const Globals& globals) {
  CLI::App* app = parent.add_subcommand(
      "check", "ask the network what mail servers elsewhere ask of this site");
  app->require_subcommand(1);
  app->footer("`mxray check COMMAND --help` tells more about each.");
  return {add_check_dns(*app, globals), add_check_ident(*app, globals)};
}

}  // namespace mxray::cli
