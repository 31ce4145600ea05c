// SPDX-License-Identifier: Apache-2.0
#include "daemon/command_line.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "daemon/config_file.h"
#include "daemon/flags.h"

namespace mxray {
namespace {

Result<CommandLine> read(const std::vector<std::string>& arguments) {
  CommandLine line;
  const std::unique_ptr<Flags> flags = make_flags();
  // CLI11 reports by exceptions; they end here. It takes arguments from the back.
  try {
    flags->app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    line.text = flags->app.help();
    return line;
  } catch (const CLI::ParseError& problem) {
    return Error{fmt::format("{}; see mxrayd --help", problem.what())};
  }
  line.print_incidents = flags->print_incidents;
  line.check_only = flags->check_only;
  line.detach = flags->detach;
  if (flags->wants_version) {
    line.text = fmt::format("mxrayd {}\n", version());
    return line;
  }

  if (!flags->file.empty()) {
    Result<Config> config = read_config_file(flags->file, std::move(line.config));
    if (!config) return config.error();
    line.config = *std::move(config);
  }
  for (const SettingFlag& flag : flags->settings) {
    if (flag.values.empty()) continue;
    if (const Status set = apply_setting(line.config, flag.key, flag.values); !set) {
      return Error{fmt::format("{}: {}", flag.name, set.error().message)};
    }
  }
  if (line.detach) return line;
  if (const Status checked = check_config(line.config); !checked) return checked.error();
  return line;
}

}  // namespace

std::string version() { return MXRAY_VERSION; }

Result<CommandLine> read_command_line(const std::vector<std::string>& arguments) {
  Result<CommandLine> line = read(arguments);
  if (!line) return Error{abridged(line.error().message)};
  return line;
}

}  // namespace mxray
