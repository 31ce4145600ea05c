// SPDX-License-Identifier: Apache-2.0
// Which commands and options does mxray have?
//
// The one tree that is parsed, completed in a shell and described in the manual.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "cli/command.h"

namespace mxray::cli {

struct CommandTree {
  CLI::App app;
  std::shared_ptr<GlobalOptions> globals;
  std::vector<Command> commands;  // those that can be run
};

/// A tree that nothing was parsed with yet.
std::unique_ptr<CommandTree> make_command_tree();

}  // namespace mxray::cli
