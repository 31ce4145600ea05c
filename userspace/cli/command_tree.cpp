// SPDX-License-Identifier: Apache-2.0
#include "cli/command_tree.h"

#include <fmt/format.h>

#include "cli/command_check.h"
#include "cli/value_sets.h"
#include "format/help.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

constexpr const char* kDescription =
    "X-ray for the path that mail takes: shows the forged replies and resets, ident stalls and "
    "slow greetings that mxrayd saw on this gateway, or finds them in capture files.";

constexpr std::size_t kWidth = 79;
constexpr std::size_t kMeaningColumn = 6;

std::string exit_codes() {
  std::string text = "Exit codes:\n";
  for (const auto& [code, meaning] : kExitMeanings) {
    text += fmt::format("  {:<4}", static_cast<int>(code)) +
            wrap(meaning, kWidth, kMeaningColumn).substr(kMeaningColumn);
  }
  text.pop_back();
  return text;
}

constexpr const char* kExamples =
    "Examples:\n"
    "  mxray incidents --since 2h --kind forged_reply\n"
    "  mxray explain 4d72c6f9b665\n"
    "  mxray flows --state waiting\n"
    "  mxray replay --explain bounce.pcap\n"
    "\n";

}  // namespace

std::unique_ptr<CommandTree> make_command_tree() {
  auto tree = std::make_unique<CommandTree>();
  tree->globals = std::make_shared<GlobalOptions>();
  CLI::App& app = tree->app;
  const auto& globals = tree->globals;
  app.name("mxray");
  app.description(kDescription);
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_help_flag("-h,--help", "show this help");
  app.set_version_flag("--version", "mxray " MXRAY_VERSION, "show the version");
  app.footer(exit_codes());  // the subcommands inherit it
  app.require_subcommand(1);
  app.fallthrough();  // inherited: --socket is understood after the subcommand, too
  app.add_option("--socket", globals->socket, "the daemon's UNIX socket")
      ->type_name("PATH")
      ->envname("MXRAY_SOCKET")
      ->capture_default_str();
  const auto add_choice = [&app](const char* name, std::string& value, const char* values,
                                 const char* what) {
    app.add_option(name, value, what)
        ->type_name(values)
        ->capture_default_str()
        ->check(CLI::IsMember(values_of(values)).description(""));
  };
  add_choice("--color,--colour", globals->colour, "auto|always|never",
             "colours; auto: on a terminal, unless NO_COLOR is set, or with CLICOLOR_FORCE");
  add_choice("--time", globals->zone, "utc|local",
             "the zone of times, shown and given; JSON is always in UTC");
  app.get_option("--time")->envname("MXRAY_TIME");
  tree->commands = {
      add_incidents(app, globals), add_explain(app, globals), add_flows(app, globals),
      add_status(app, globals),    add_replay(app),           add_doctor(app, globals),
      add_trace(app, globals),     add_bounces(app, globals), add_top(app, globals),
      add_report(app, globals),
  };
  for (Command& command : add_check(app, globals)) tree->commands.push_back(std::move(command));
  for (CLI::App* command : app.get_subcommands({})) {
    command->group("Commands");
    for (CLI::App* below : command->get_subcommands({})) below->group("Commands");
  }
  app.footer(kExamples + exit_codes() +
             "\n\n`mxray COMMAND --help` tells more about each command.");
  return tree;
}

}  // namespace mxray::cli
