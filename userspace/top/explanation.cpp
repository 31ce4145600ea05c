// SPDX-License-Identifier: Apache-2.0
#include "top/explanation.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mxray::top {
namespace {

constexpr std::array<const char*, 27> kHelp = {
    "Keys",
    "  q, Ctrl-C          quit; in this text and in an explanation: back",
    "  Tab, Shift-Tab     the next pane, the one before",
    "  up, down, k, j     select a row; PgUp, PgDn, Home, End move farther",
    "  Enter              explain the incident of the row; of a server: show only it",
    "  /                  show only rows with a text or an address; Esc shows all again",
    "  s                  sort the pane by something else, as its title says",
    "  p                  pause: nothing moves and nothing is asked until p goes on",
    "  t                  times in UTC or of this place",
    "  Ctrl-Z             to the shell; fg comes back",
    "",
    "What is shown",
    "  The daemon is asked once a second. If it does not answer, the last picture stays",
    "  and the third line says since when.",
    "  Flows: connections by protocol and state, and how many opened in the last second.",
    "  Waiting: who waits for which server's greeting, the client as it is inside, and the",
    "  ident queries (TCP port 113) that the server has sent meanwhile. Red: an incident",
    "  has been raised about it.",
    "  Incidents: the latest 500. 'goes on' means that more may become known.",
    "  Servers: one bar a connection, the latest at the right. Round trips start at 0, so",
    "  twice the time is twice the bar; hops start at the least, one step for each hop more.",
    "  Only connections seen while this runs count, at most 200 of the latest each second.",
    "",
    "Red in the third line: records were lost, so something may have gone unseen;",
    "`mxray status` shows where they went.",
    "",
    "mxray flows --json, mxray incidents --follow and mxray explain say the same to scripts.",
};

std::vector<std::string> lines_in(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

}  // namespace

LongText long_text(const Reader& reader) {
  switch (reader.page) {
    case Page::kPanes: return {};
    case Page::kHelp:
      return {"mxray top: help", std::vector<std::string>(kHelp.begin(), kHelp.end())};
    case Page::kExplanation:
      return {"incident " + reader.explained,
              reader.explanation.empty() ? std::vector<std::string>{"asking the daemon ..."}
                                         : lines_in(reader.explanation)};
  }
  return {};
}

Size farthest(const LongText& text, Size size, Letters letters) {
  const std::size_t height = size.rows > kTextFrame ? size.rows - kTextFrame : 0;
  std::size_t width = 0;
  for (const std::string& line : text.lines) {
    width = std::max(width, columns_of(clean(line, letters), letters));
  }
  return {.rows = text.lines.size() > height ? text.lines.size() - height : 0,
          .columns = width > size.columns ? width - size.columns : 0};
}

void draw_long_text(Picture& picture, const Reader& reader, Size size, std::size_t height,
                    Letters letters) {
  const LongText text = long_text(reader);
  const Size most = farthest(text, size, letters);
  const std::size_t top = std::min(reader.top_line, most.rows);
  const std::size_t left = std::min(reader.left_column, most.columns);
  const std::string place =
      most.rows == 0 ? "" : " " + std::to_string(top * 100 / most.rows) + " % ";
  picture.push_back(LineWriter(size.columns, letters)
                        .add("  " + text.title + " ", Style::kBar)
                        .fill(" ", Style::kBar, place.size())
                        .add(place, Style::kBar)
                        .done());
  for (std::size_t i = 0; i + 1 < height; ++i) {
    LineWriter line(size.columns, letters);
    if (top + i < text.lines.size()) {
      const std::string whole = clean(text.lines[top + i], letters);
      line.add(without_start(whole, left, letters));
    }
    picture.push_back(line.done());
  }
}

}  // namespace mxray::top
