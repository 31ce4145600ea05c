// SPDX-License-Identifier: Apache-2.0
#include "manual/option_list.h"

#include "format/help.h"
#include "manual/mdoc.h"

namespace mxray::manual {
namespace {

std::string item(const CLI::Option& option) {
  const std::string names = names_of(option);
  const std::string value = value_of(option);
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
  return head + "\n" + text_line(capitalised(describe(option)));
}

}  // namespace

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text + (text.ends_with('.') ? "" : ".");
}

std::string option_list(const CLI::App& app) {
  std::string items;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty() || option == app.get_help_ptr()) continue;
    items += item(*option);
  }
  return items.empty() ? "" : ".Bl -tag -width Ds\n" + items + ".El\n";
}

}  // namespace mxray::manual
