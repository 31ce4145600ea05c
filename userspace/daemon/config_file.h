// SPDX-License-Identifier: Apache-2.0
// What does the configuration file say?
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/config.h"

namespace mxray {

/// Reads a YAML file over `base`. An error begins with file, line and key:
/// `mxrayd.yaml:7: slow_greeting_seconds: 'abc' is not a number of seconds; ...`.
Result<Config> read_config_file(const std::string& path, Config base);

/// The same from a text; `name` stands for the file in errors.
Result<Config> read_config_text(const std::string& text, std::string_view name, Config base);

}  // namespace mxray
