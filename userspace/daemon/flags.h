// SPDX-License-Identifier: Apache-2.0
// Which flags does mxrayd have?
//
// The one list that is parsed and described in the manual.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

namespace mxray {

/// A flag and the setting of the configuration that it overrides.
struct SettingFlag {
  const char* name;
  const char* key;
  const char* placeholder;
  const char* fallback;  // what holds without it, for --help; empty: nothing to say
  const char* help;
  std::vector<std::string> values{};  // as they were given
};

struct Flags {
  CLI::App app;
  std::vector<SettingFlag> settings;
  std::string file;  // of --config
  bool print_incidents = false;
  bool check_only = false;
  bool detach = false;
  bool wants_version = false;
};

/// Flags that nothing was parsed with yet.
std::unique_ptr<Flags> make_flags();

}  // namespace mxray
