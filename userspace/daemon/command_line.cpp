// SPDX-License-Identifier: Apache-2.0
#include "daemon/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "daemon/config_file.h"

namespace mxray {
namespace {

/// A flag and the setting it overrides.
struct Flag {
  const char* name;
  const char* key;
  const char* placeholder;
  const char* help;
  std::vector<std::string> values{};
};

std::vector<Flag> setting_flags() {
  return {
      {"--interface", "interfaces", "IF", "Interface to watch; repeat it for more"},
      {"--ports", "ports", "LIST", "Ports to watch, e.g. 25,587,8025=smtp"},
      {"--attach", "attach", "MODE", "Hook for incoming packets: auto, native, generic or tc"},
      {"--slow-greeting", "slow_greeting_seconds", "SECONDS",
       "A greeting later than this is an incident (default 5)"},
      {"--socket", "socket", "PATH", "UNIX socket for mxray (default /run/mxray/mxrayd.sock)"},
      {"--state-dir", "state_dir", "DIR", "Where incidents are kept (default /var/lib/mxray)"},
      {"--web.listen-address", "web.listen_address", "ADDR:PORT",
       "Metrics and health (default 127.0.0.1:9725; port 0: any)"},
      {"--web.config.file", "web.config_file", "FILE",
       "TLS and passwords for them, as Prometheus' exporters are configured"},
  };
}

}  // namespace

std::string version() { return MXRAY_VERSION; }

Result<CommandLine> read_command_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  std::string file;
  bool wants_version = false;
  std::vector<Flag> flags = setting_flags();

  CLI::App app("X-ray for the path that mail takes: watches, never touches a packet.", "mxrayd");
  for (Flag& flag : flags) {
    app.add_option(flag.name, flag.values, flag.help)
        ->type_name(flag.placeholder)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  app.add_option("--config", file, "Configuration file; flags override it")->type_name("FILE");
  app.add_flag("--print-incidents", line.print_incidents, "Print each incident as it is found");
  app.add_flag("--check-config", line.check_only, "Check flags and file, then stop");
  app.add_flag("--version", wants_version, "Print the version");

  // CLI11 reports by exceptions; they end here. It takes arguments from the back.
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    line.text = app.help();
    return line;
  } catch (const CLI::ParseError& problem) {
    return Error{fmt::format("{}; see mxrayd --help", problem.what())};
  }
  if (wants_version) {
    line.text = fmt::format("mxrayd {}\n", version());
    return line;
  }

  if (!file.empty()) {
    Result<Config> config = read_config_file(file, std::move(line.config));
    if (!config) return config.error();
    line.config = *std::move(config);
  }
  for (const Flag& flag : flags) {
    if (flag.values.empty()) continue;
    if (const Status set = apply_setting(line.config, flag.key, flag.values); !set) {
      return Error{fmt::format("{}: {}", flag.name, set.error().message)};
    }
  }
  if (const Status checked = check_config(line.config); !checked) return checked.error();
  return line;
}

}  // namespace mxray
