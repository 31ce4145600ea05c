// SPDX-License-Identifier: Apache-2.0
#include "top/panes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace mxray::top {
namespace {

constexpr std::size_t kWide = 100;  // columns from which long names are shown whole

struct Column {
  std::size_t columns = 0;
  bool to_the_right = false;
  Keep keep = Keep::kStart;
};

// The columns in the order of Row::cells; all with their gaps fill the line.
std::vector<Column> waiting_columns(std::size_t width) {
  constexpr std::size_t kWait = 11, kProtocol = 5, kIdent = 19;
  const std::size_t rest = width - 5 - kWait - kProtocol - kIdent;
  return {{kWait, true},
          {kProtocol},
          {(rest + 1) / 2, false, Keep::kEnds},
          {rest / 2, false, Keep::kEnds},
          {kIdent}};
}

std::vector<Column> incident_columns(std::size_t width) {
  constexpr std::size_t kTime = 11, kConfidence = 8;
  const std::size_t kind = width < kWide ? 16 : 26;
  return {{kTime}, {kind}, {kConfidence}, {width - 4 - kTime - kind - kConfidence}};
}

std::vector<Column> server_columns(std::size_t width) {
  constexpr std::size_t kSeen = 9, kRtt = 10, kHops = 8;
  const std::size_t server = std::clamp<std::size_t>(width / 3, 22, 47);
  const std::size_t rest = width - 6 - server - kSeen - kRtt - kHops;
  return {{server, false, Keep::kEnds},        {kSeen, true}, {kRtt, true},
          {(rest + 1) / 2, false, Keep::kEnd}, {kHops, true}, {rest / 2, false, Keep::kEnd}};
}

std::vector<Column> columns_of_pane(Pane pane, std::size_t width) {
  switch (pane) {
    case Pane::kWaiting: return waiting_columns(width);
    case Pane::kIncidents: return incident_columns(width);
    case Pane::kServers: return server_columns(width);
  }
  return {};
}

std::uint64_t count_in(const FlowCounts& counts, FlowState state) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const auto& protocol) {
                           return sum + protocol[static_cast<std::size_t>(state)];
                         });
}

std::string title_of(Pane pane, const Observed& observed, const Reader& reader, std::size_t rows) {
  const std::string& order = orders_of(pane)[reader.orders[static_cast<std::size_t>(pane)]];
  switch (pane) {
    case Pane::kWaiting: {
      const std::string of_more =
          observed.waiting.size() < kMostFlows
              ? ""
              : fmt::format(" of {}", count_in(observed.status.totals.flows, FlowState::kWaiting));
      return fmt::format("Waiting for a greeting: {}{}, {}", rows, of_more, order);
    }
    case Pane::kIncidents: return fmt::format("Incidents: {}, {}", rows, order);
    case Pane::kServers:
      return fmt::format("Servers: {}, their latest connections, {}", rows, order);
  }
  return {};
}

std::string nothing_in(Pane pane, const Observed& observed, const Reader& reader) {
  if (!observed.answered) return "";
  if (!reader.filter.empty()) return fmt::format("nothing here has '{}'", reader.filter);
  switch (pane) {
    case Pane::kWaiting: return "nobody waits";
    case Pane::kIncidents: return "no incidents";
    case Pane::kServers: return "no connection seen yet";
  }
  return {};
}

std::vector<Piece> title_line(const std::string& title, bool has_focus, Size size,
                              Letters letters) {
  const Style style = has_focus ? Style::kBar : Style::kRule;
  const char* filler = has_focus ? " " : letters == Letters::kUtf8 ? "─" : "-";
  return LineWriter(size.columns, letters)
      .add(filler, style)
      .add(" ", style)
      .add(title, style)
      .add(" ", style)
      .fill(filler, style)
      .done();
}

std::vector<Piece> row_line(const Row& row, const std::vector<Column>& columns, bool is_selected,
                            Size size, Letters letters) {
  const Style style = is_selected ? Style::kSelected : row.style;
  LineWriter line(size.columns, letters);
  line.add(is_selected ? ">" : " ", style);
  for (std::size_t i = 0; i < columns.size() && i < row.cells.size(); ++i) {
    if (i > 0) line.add(" ", style);
    const Column& column = columns[i];
    const std::string text = cut(row.cells[i], column.columns, letters, column.keep);
    const std::string margin(column.columns - columns_of(text, letters), ' ');
    line.add(column.to_the_right ? margin + text : text + margin, style);
  }
  return line.fill(" ", style).done();
}

}  // namespace

void draw_pane(Picture& picture, Pane pane, const Observed& observed, const Reader& reader,
               Instant now, Letters letters, Size size, std::size_t height) {
  const std::vector<Row> rows = rows_of(pane, observed, reader, now, letters);
  const bool has_focus = reader.pane == pane;
  picture.push_back(
      title_line(title_of(pane, observed, reader, rows.size()), has_focus, size, letters));
  const std::size_t selected = selected_in(rows, reader.cursors[static_cast<std::size_t>(pane)]);
  // The selected row stays in the middle while there are rows on both sides.
  const std::size_t most = rows.size() > height ? rows.size() - height : 0;
  const std::size_t first = std::min(selected > height / 2 ? selected - height / 2 : 0, most);
  const std::vector<Column> columns = columns_of_pane(pane, size.columns);
  for (std::size_t i = first; i < first + height; ++i) {
    if (i < rows.size()) {
      picture.push_back(row_line(rows[i], columns, has_focus && i == selected, size, letters));
    } else {
      LineWriter line(size.columns, letters);
      if (rows.empty() && i == first) {
        line.add("  ").add(nothing_in(pane, observed, reader), Style::kDim);
      }
      picture.push_back(line.done());
    }
  }
}

}  // namespace mxray::top
