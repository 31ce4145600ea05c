// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <algorithm>
#include <ostream>

#include "cli/command_tree.h"

namespace mxray::cli {
namespace {

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
  const auto tree = make_command_tree();
  CLI::App& app = tree->app;

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
  for (const Command& command : tree->commands) {
    if (command.app->parsed()) return checked(output, command.run(output));
  }
  return output.fail(ExitCode::kUsage, "no command given; see `mxray --help`");
}

}  // namespace mxray::cli
