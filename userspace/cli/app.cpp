// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "cli/command.h"
#include "cli/command_check.h"

namespace mxray::cli {
namespace {

constexpr const char* kDescription =
    "X-ray for the path that mail takes: shows the forged replies and resets, ident stalls and\n"
    "slow greetings that mxrayd saw on this gateway, or finds them in capture files.";

// The subcommands inherit it.
constexpr const char* kExitCodes =
    "Exit codes: 0 ok, 1 something found, 2 usage or bad input, 3 daemon unreachable,\n"
    "            4 no permission on the socket, 5 records were lost, so the result is partial,\n"
    "            6 no resolver answered (check dns).";

// CLI11 says only that a subcommand is required, even if one was misspelt.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining();
  if (error.get_name() == "RequiredError" && app.get_subcommands().empty()) {
    return unknown.empty() ? "no command given" : "there is no command '" + unknown.front() + "'";
  }
  if (error.get_name() == "RequiredError" && app.got_subcommand("check") &&
      app.get_subcommand("check")->get_subcommands().empty()) {
    return "`mxray check` needs to know what to check";
  }
  return error.what();
}

// A full disk must not pass for an answer.
ExitCode checked(const Output& output, ExitCode code) {
  output.out.flush();
  if (output.out.good() || (code != ExitCode::kOk && code != ExitCode::kFound)) return code;
  return output.fail(ExitCode::kPartial,
                     "the output could not be written to its end; free some space where it goes");
}

}  // namespace

ExitCode run(std::vector<std::string> arguments, const Output& output) {
  CLI::App app(kDescription, "mxray");
  app.set_version_flag("--version", "mxray " MXRAY_VERSION);
  app.footer(kExitCodes);
  app.require_subcommand(1);
  app.fallthrough();  // inherited: --socket is understood after the subcommand, too
  const auto globals = std::make_shared<GlobalOptions>();
  app.add_option("--socket", globals->socket, "the daemon's UNIX socket")
      ->type_name("PATH")
      ->envname("MXRAY_SOCKET")
      ->capture_default_str();
  std::vector<Command> commands = {
      add_incidents(app, globals), add_explain(app, globals), add_flows(app, globals),
      add_status(app, globals),    add_replay(app),           add_doctor(app, globals),
      add_trace(app, globals),     add_bounces(app, globals), add_top(app, globals),
      add_report(app, globals),
  };
  for (Command& command : add_check(app, globals)) commands.push_back(std::move(command));

  app.footer(std::string(kExitCodes) + "\n`mxray COMMAND --help` tells more about each command.");

  // CLI11 reports by exception; it ends here. It wants the last argument first.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    const bool asked_for_text = error.get_exit_code() == 0;  // --help, --version
    if (asked_for_text) {
      app.exit(error, output.out, output.err);
      return ExitCode::kOk;
    }
    return output.fail(ExitCode::kUsage,
                       complaint(app, error) + "; see `mxray --help` or `mxray COMMAND --help`");
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) return checked(output, command.run(output));
  }
  return output.fail(ExitCode::kUsage, "no command given; see `mxray --help`");
}

}  // namespace mxray::cli
