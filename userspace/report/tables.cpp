// SPDX-License-Identifier: Apache-2.0
#include "report/tables.h"

#include <algorithm>

namespace mxray {

Html table(std::string_view name, const std::vector<std::string>& titles,
           const std::vector<HtmlRow>& rows, Literal look) {
  Html head;
  for (const std::string& title : titles) head += element("th", {{"scope", "col"}}, title);
  Html body;
  for (const HtmlRow& row : rows) {
    Html cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      cells +=
          i == 0 ? element("th", {{"scope", "row"}}, row.cells[i]) : element("td", row.cells[i]);
    }
    body += element("tr", {{"class", row.marked ? "marked" : "plain"}}, cells);
  }
  const Html grid = element("table", {{"class", std::string(look.text())}},
                            element("thead", element("tr", head)) + element("tbody", body));
  // A box that scrolls must be reachable by keyboard, and have a name then.
  return element("div",
                 {{"class", "scroll"},
                  {"role", "region"},
                  {"tabindex", "0"},
                  {"aria-label", std::string(name)}},
                 grid);
}

Html fact_list(const std::vector<Fact>& facts, Literal look) {
  Html list;
  for (const Fact& fact : facts) {
    if (fact.value.empty()) continue;
    list += element("div", element("dt", fact.name) + element("dd", fact.value));
  }
  return element("dl", {{"class", std::string(look.text())}}, list);
}

namespace {

// `commands` between backticks, as advice writes them.
Html with_code(std::string_view text) {
  Html out;
  for (bool quoted = false;; quoted = !quoted) {
    const std::size_t end = text.find('`');
    const bool closed = end != std::string_view::npos;
    const std::string_view piece = text.substr(0, end);
    out += quoted && closed ? code(piece) : Html(piece);
    if (!closed) return out;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Html advice(std::string_view text) {
  Html out;
  Html commands;
  const auto end_commands = [&out, &commands] {
    if (!commands.empty()) out += element("pre", commands);
    commands = {};
  };
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.starts_with(' ')) {
      if (!commands.empty()) commands += Html::markup("\n");
      commands += code(line.substr(std::min(line.find_first_not_of(' '), line.size())));
    } else {
      end_commands();
      if (!line.empty()) out += paragraph(with_code(line));
    }
  }
  end_commands();
  return out;
}

Html section(std::string_view id, std::string_view title, const Html& content) {
  return element("section", {{"id", std::string(id)}}, element("h2", title) + content);
}

Html paragraph(const Html& content) { return element("p", content); }

Html code(std::string_view text) { return element("code", text); }

}  // namespace mxray
