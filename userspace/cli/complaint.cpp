// SPDX-License-Identifier: Apache-2.0
#include "cli/complaint.h"

#include <fmt/format.h>

#include <vector>

#include "base/suggestion.h"

namespace mxray::cli {
namespace {

std::string guess(const std::string& word, const std::vector<std::string>& words) {
  const std::string_view meant = nearest(word, {words.begin(), words.end()});
  return meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant);
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

// With those of the commands around it.
std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

// The innermost command that was understood.
const CLI::App& parsed_command(const CLI::App& app) {
  const std::vector<const CLI::App*> below =
      app.get_subcommands([](const CLI::App* command) { return command->parsed(); });
  return below.empty() ? app : parsed_command(*below.front());
}

}  // namespace

// CLI11 says only that a subcommand is required, or what was not expected.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = parsed_command(app);
  const std::vector<std::string> unknown = app.remaining(true);
  const bool lacks_command = error.get_name() == "RequiredError" && !commands_of(command).empty();
  const bool is_option = !unknown.empty() && unknown.front().starts_with('-');
  if (lacks_command && !is_option) {
    const bool check = command.get_parent() != nullptr;
    if (unknown.empty()) {
      return check ? "`mxray check` needs to know what to check" : "no command given";
    }
    return fmt::format("there is no command '{}{}'{}", check ? "check " : "", unknown.front(),
                       guess(unknown.front(), commands_of(command)));
  }
  // By its number: of this error CLI11 gives the program's name for its own.
  const bool too_much = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  if ((lacks_command || too_much) && is_option) {
    const std::string option = unknown.front().substr(0, unknown.front().find('='));
    return fmt::format("there is no option {}{}", option, guess(option, options_of(command)));
  }
  if (too_much && !unknown.empty()) {
    return fmt::format("'{}' is one argument too many", unknown.front());
  }
  return error.what();
}

}  // namespace mxray::cli
