// SPDX-License-Identifier: Apache-2.0
#include "format/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "format/table.h"

namespace mxray {
namespace {

constexpr std::size_t kWidth = 79;
constexpr std::size_t kColumn = 28;  // where what they do begins

// A name, and beside it or, if it is long, beneath it a paragraph.
std::string entry(const std::string& name, const std::string& paragraph) {
  const std::string left = "  " + name;
  std::string right = wrap(paragraph, kWidth, kColumn);
  if (left.size() + 2 > kColumn) return left + "\n" + right;
  return left + right.substr(std::min(left.size(), right.size()));
}

}  // namespace

std::string names_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true, false);
  std::string names;
  for (const std::string& name : option.get_snames()) {
    names += (names.empty() ? "-" : ", -") + name;
  }
  for (const std::string& name : option.get_lnames()) {
    names += (names.empty() ? "--" : ", --") + name;
  }
  return names;
}

std::string value_of(const CLI::Option& option) {
  if (option.get_positional() || option.get_type_size() == 0) return {};
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(":INT in"));  // what a CLI::Range adds
}

std::string describe(const CLI::Option& option) {
  std::string text = option.get_description();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (!option.get_default_str().empty() && option.get_type_size() != 0) {
    text += fmt::format("; default: {}", option.get_default_str());
  }
  if (!option.get_envname().empty()) text += fmt::format("; or ${}", option.get_envname());
  return text;
}

std::string arguments_of(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const bool many = option->get_expected_max() >= CLI::detail::expected_max_vector_size;
    const std::string name = option->get_name(true, false) + (many ? "..." : "");
    text += (text.empty() ? "" : " ") + (option->get_required() ? name : "[" + name + "]");
  }
  if (!app.get_subcommands({}).empty()) text += text.empty() ? "COMMAND" : " COMMAND";
  return text;
}

HelpFormatter::HelpFormatter() { label("Positionals", "Arguments"); }

/// One empty line between groups, where CLI11 has two.
std::string HelpFormatter::make_help(const CLI::App* app, std::string name,
                                     CLI::AppFormatMode mode) const {
  return CLI::detail::find_and_replace(CLI::Formatter::make_help(app, std::move(name), mode),
                                       "\n\n\n", "\n\n");
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return wrap(app->get_description(), kWidth) + "\n";
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  const std::string arguments = arguments_of(*app);
  return fmt::format("Usage: {} [OPTIONS]{}{}\n", name, arguments.empty() ? "" : " ", arguments);
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return entry(command->get_name(), command->get_description());
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool) const {
  const std::string value = value_of(*option);
  return entry(names_of(*option) + (value.empty() ? "" : " " + value), describe(*option));
}

/// Lines that belong together are filled; those that begin with a space are commands.
std::string HelpFormatter::make_footer(const CLI::App* app) const {
  std::string out;
  std::string paragraph;
  const auto write_paragraph = [&] {
    if (!paragraph.empty()) out += wrap(paragraph, kWidth);
    paragraph.clear();
  };
  std::istringstream lines(app->get_footer());
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with(' ')) {
      write_paragraph();
      out += line + "\n";
    } else {
      paragraph += (paragraph.empty() ? "" : " ") + line;
    }
  }
  write_paragraph();
  return out;
}

}  // namespace mxray
