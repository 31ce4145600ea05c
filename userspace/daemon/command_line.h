// SPDX-License-Identifier: Apache-2.0
// What was mxrayd asked to do?
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "daemon/config.h"

namespace mxray {

struct CommandLine {
  Config config;  // the file's, with the flags over it; checked
  bool print_incidents = false;
  bool check_only = false;  // --check-config: stop here
  bool detach = false;      // the configuration need not name interfaces
  std::string text;         // of --help or --version: print it and stop
};

/// Reads flags, without the program's name, and the file of `--config`. The
/// error is a usage or configuration error (exit code 2).
Result<CommandLine> read_command_line(const std::vector<std::string>& arguments);

/// `0.1.0`
std::string version();

}  // namespace mxray
