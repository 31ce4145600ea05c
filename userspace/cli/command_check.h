// SPDX-License-Identifier: Apache-2.0
// Which checks does `mxray check` have? Each asks the network something, once,
// because somebody wants to know; watching never does.
#pragma once

#include <vector>

#include "cli/command.h"

namespace mxray::cli {

/// `check` itself has nothing to run: the commands are those below it.
std::vector<Command> add_check(CLI::App& parent, const Globals& globals);

Command add_check_dns(CLI::App& check, Globals globals);
Command add_check_ident(CLI::App& check, Globals globals);

}  // namespace mxray::cli
