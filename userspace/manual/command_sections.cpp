// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/command_tree.h"
#include "cli/help.h"
#include "manual/mdoc.h"
#include "manual/sections.h"

namespace mxray::manual {
namespace {

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text + (text.ends_with('.') ? "" : ".");
}

std::string item(const CLI::Option& option) {
  const std::string names = cli::names_of(option);
  const std::string value = cli::value_of(option);
  std::string head = ".It ";
  if (option.get_positional()) {
    head += "Ar " + macro_words(names);
  } else {
    // `Fl` writes the first dash.
    std::string rest = names;
    for (std::size_t comma = 0; comma != std::string::npos;) {
      comma = rest.find(", ");
      head += (head.size() > 4 ? " , " : "") + ("Fl " + macro_words(rest.substr(1, comma - 1)));
      if (comma != std::string::npos) rest = rest.substr(comma + 2);
    }
    if (!value.empty()) head += " Ar " + macro_words(value);
  }
  return head + "\n" + text_line(capitalised(cli::describe(option)));
}

std::string option_list(const CLI::App& app) {
  std::string items;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty() || option == app.get_help_ptr()) continue;
    items += item(*option);
  }
  return items.empty() ? "" : ".Bl -tag -width Ds\n" + items + ".El\n";
}

void add_command(std::string& out, const CLI::App& app, const std::string& name) {
  const auto below =
      app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  if (below.empty()) {
    const std::string arguments = cli::arguments_of(app);
    out += ".Ss " + macro_words(name) + "\n.Nm " + macro_words(name) + "\n.Op Ar options\n" +
           (arguments.empty() ? "" : ".Ar " + macro_words(arguments) + "\n") + ".Pp\n" +
           text_line(capitalised(app.get_description())) + option_list(app) + ".Pp\n" +
           paragraphs(app.get_footer());
  }
  for (const CLI::App* sub : below) add_command(out, *sub, name + " " + sub->get_name());
}

}  // namespace

std::string global_options() { return option_list(cli::make_command_tree()->app); }

std::string commands() {
  std::string out;
  const auto tree = cli::make_command_tree();
  add_command(out, tree->app, "mxray");
  return out;
}

}  // namespace mxray::manual
