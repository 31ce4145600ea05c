// SPDX-License-Identifier: Apache-2.0
// Which subcommand did the user ask for, and how did it end?
#pragma once

#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "cli/output.h"

namespace mxray::cli {

/// Runs `mxray arguments...` (without the program's name). Errors in the
/// arguments end in kUsage and a sentence on `output.err`.
ExitCode run(std::vector<std::string> arguments, const Output& output);

}  // namespace mxray::cli
