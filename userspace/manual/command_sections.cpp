// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/command_tree.h"
#include "cli/exit_code.h"
#include "format/help.h"
#include "manual/mdoc.h"
#include "manual/option_list.h"
#include "manual/sections.h"

namespace mxray::manual {
namespace {

void add_command(std::string& out, const CLI::App& app, const std::string& name) {
  const auto below =
      app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  if (below.empty()) {
    const std::string arguments = arguments_of(app);
    out += ".Ss " + macro_words(name) + "\n.Nm " + macro_words(name) + "\n.Op Ar options\n" +
           (arguments.empty() ? "" : ".Ar " + macro_words(arguments) + "\n") + ".Pp\n" +
           text_line(capitalised(app.get_description())) + option_list(app) + ".Pp\n" +
           paragraphs(app.get_footer());
  }
  for (const CLI::App* sub : below) add_command(out, *sub, name + " " + sub->get_name());
}

}  // namespace

std::string global_options() { return option_list(cli::make_command_tree()->app); }

std::string exit_codes() {
  std::string items;
  for (const auto& [code, meaning] : cli::kExitMeanings) {
    items += fmt::format(".It {}\n", static_cast<int>(code)) +
             text_line(capitalised(std::string(meaning)));
  }
  return ".Bl -tag -width Ds\n" + items + ".El\n";
}

std::string commands() {
  std::string out;
  const auto tree = cli::make_command_tree();
  add_command(out, tree->app, "mxray");
  return out;
}

}  // namespace mxray::manual
