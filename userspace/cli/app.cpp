// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>

#include "cli/command_tree.h"
#include "cli/complaint.h"
#include "cli/completion.h"

namespace mxray::cli {
namespace {

// A full disk must not pass for an answer. A reader who closes a pipe, as `head` does, has
// what he wants.
ExitCode checked(const Output& output, ExitCode code) {
  output.out.flush();
  if (output.out.good()) return code;
  const int error = output.write_error ? output.write_error() : 0;
  if (error == EPIPE) return code;
  const bool is_worse = code != ExitCode::kOk && code != ExitCode::kFound;
  return output.fail(is_worse ? code : ExitCode::kPartial,
                     fmt::format("cannot write to standard output: {}",
                                 error == 0 ? "it failed" : std::strerror(error)));
}

// What the user asks for goes before what the environment says.
Output as_asked(const Output& output, const GlobalOptions& options) {
  Output asked = output;
  if (options.colour != "auto") asked.colour = options.colour == "always";
  if (options.zone == "local") asked.zone = Zone::kLocal;
  return asked;
}

}  // namespace

ExitCode run(std::vector<std::string> arguments, const Output& output) {
  if (arguments.size() >= 2 && arguments[0] == "complete" && arguments[1] == "--") {
    arguments.erase(arguments.begin(), arguments.begin() + 2);
    return checked(output, print_completion(arguments, output));
  }
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
      return checked(output, ExitCode::kOk);
    }
    const std::string what = complaint(app, error);
    return output.fail(ExitCode::kUsage, what + (what.ends_with('?') ? " See" : "; see") +
                                             " `mxray --help` or `mxray COMMAND --help`");
  }
  for (const Command& command : tree->commands) {
    if (!command.app->parsed()) continue;
    const Output asked = as_asked(output, *tree->globals);
    return checked(asked, command.run(asked));
  }
  return output.fail(ExitCode::kUsage, "no command given; see `mxray --help`");
}

}  // namespace mxray::cli
