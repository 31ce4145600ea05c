// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "cli/value_sets.h"
#include "format/help.h"

namespace mxray::cli {
namespace {

/// What has been typed before the word that is completed.
struct Typed {
  const CLI::App* command = nullptr;     // the innermost one
  const CLI::Option* waiting = nullptr;  // for its value, or for more of them
  bool has_value = false;                // it may be over
  std::size_t arguments = 0;
  std::set<const CLI::Option*> given;
  std::string socket;
  bool only_arguments = false;  // after `--`
};

/// The option of that name, among those of the command and of the ones around it.
const CLI::Option* find_option(const CLI::App& command, const std::string& name) {
  for (const CLI::App* app = &command; app != nullptr; app = app->get_parent()) {
    const CLI::Option* option = app->get_option_no_throw(name);
    if (option != nullptr && !option->get_positional()) return option;
  }
  return nullptr;
}

bool is_visible(const CLI::App* command) { return !command->get_group().empty(); }

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands(is_visible)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

void read_option(Typed& typed, const std::string& word) {
  const std::size_t equals = std::min(word.find('='), word.size());
  const CLI::Option* option = find_option(*typed.command, word.substr(0, equals));
  if (option == nullptr) return;
  typed.given.insert(option);
  const bool takes_value = option->get_type_size() != 0;
  if (takes_value && equals == word.size()) typed.waiting = option;
  typed.has_value = false;
  if (equals < word.size() && option->check_lname("socket")) {
    typed.socket = word.substr(equals + 1);
  }
}

// An option that has enough ends where another one begins.
void end_option(Typed& typed, const std::string& word) {
  if (typed.has_value && word.starts_with('-')) typed.waiting = nullptr;
}

void read_word(Typed& typed, const std::string& word) {
  end_option(typed, word);
  if (typed.waiting != nullptr) {
    if (word == "=") return;  // bash parts `--kind=x` in three
    if (typed.waiting->check_lname("socket")) typed.socket = word;
    typed.has_value = true;
    if (!typed.waiting->get_allow_extra_args()) typed.waiting = nullptr;
  } else if (!typed.only_arguments && word == "--") {
    typed.only_arguments = true;
  } else if (!typed.only_arguments && word.starts_with('-')) {
    read_option(typed, word);
  } else if (const CLI::App* command = find_command(*typed.command, word)) {
    typed.command = command;
  } else {
    ++typed.arguments;
  }
}

std::vector<Candidate> without_remarks(const std::vector<std::string>& words) {
  std::vector<Candidate> candidates;
  for (const std::string& word : words) candidates.push_back({word, ""});
  return candidates;
}

Completion values_for(const std::string& placeholder, const Typed& typed,
                      const CompletionSources& sources) {
  if (placeholder == "ID") return {sources.incidents(typed.socket)};
  if (placeholder == "IF") return {sources.interfaces()};
  const bool file =
      placeholder.starts_with("FILE") || placeholder == "CAPTURE" || placeholder == "PATH";
  return {without_remarks(values_of(placeholder)), file};
}

/// The options that can still be given.
std::vector<Candidate> options_of(const Typed& typed) {
  std::vector<Candidate> candidates;
  for (const CLI::App* app = typed.command; app != nullptr; app = app->get_parent()) {
    for (const CLI::Option* option : app->get_options()) {
      const bool inherited = app != typed.command && option == app->get_help_ptr();
      const bool repeatable = option->get_expected_max() >= CLI::detail::expected_max_vector_size;
      const auto excluded = option->get_excludes();
      const bool useless =
          (typed.given.contains(option) && !repeatable) ||
          std::any_of(excluded.begin(), excluded.end(),
                      [&](const CLI::Option* other) { return typed.given.contains(other); });
      if (option->get_positional() || option->get_group().empty() || inherited || useless) continue;
      candidates.push_back({"--" + option->get_lnames().front(), describe(*option)});
    }
  }
  return candidates;
}

/// The argument that stands at that place; the last one may take more.
const CLI::Option* argument_at(const CLI::App& command, std::size_t place) {
  const CLI::Option* last = nullptr;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional()) continue;
    last = option;
    if (place-- == 0) return option;
  }
  const bool takes_more =
      last != nullptr && last->get_expected_max() >= CLI::detail::expected_max_vector_size;
  return takes_more ? last : nullptr;
}

Completion arguments_for(const Typed& typed, const CompletionSources& sources) {
  Completion completion;
  for (const CLI::App* command : typed.command->get_subcommands(is_visible)) {
    completion.candidates.push_back({command->get_name(), command->get_description()});
  }
  if (const CLI::Option* argument = argument_at(*typed.command, typed.arguments)) {
    completion = values_for(argument->get_name(true, false), typed, sources);
  }
  if (completion.candidates.empty() && !completion.files) {
    completion.candidates = options_of(typed);
  }
  return completion;
}

}  // namespace

Completion complete(const CLI::App& app, const std::vector<std::string>& words,
                    const CompletionSources& sources) {
  Typed typed;
  typed.command = &app;
  if (words.empty()) return {};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) read_word(typed, words[i]);

  std::string begun = words.back();
  end_option(typed, begun);
  std::string kept;  // of the word, before what is completed: `--kind=`
  if (typed.waiting != nullptr && begun == "=") begun.clear();
  if (typed.waiting == nullptr && !typed.only_arguments && begun.starts_with("--") &&
      begun.find('=') != std::string::npos) {
    kept = begun.substr(0, begun.find('=') + 1);
    begun = begun.substr(kept.size());
    typed.waiting = find_option(*typed.command, kept.substr(0, kept.size() - 1));
    if (typed.waiting == nullptr) return {};
  }

  Completion completion;
  if (typed.waiting != nullptr) {
    completion = values_for(value_of(*typed.waiting), typed, sources);
  } else if (!typed.only_arguments && begun.starts_with('-')) {
    completion.candidates = options_of(typed);
  } else {
    completion = arguments_for(typed, sources);
  }
  std::erase_if(completion.candidates,
                [&](const Candidate& found) { return !found.word.starts_with(begun); });
  for (Candidate& candidate : completion.candidates) candidate.word.insert(0, kept);
  return completion;
}

}  // namespace mxray::cli
