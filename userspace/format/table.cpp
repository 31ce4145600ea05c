// SPDX-License-Identifier: Apache-2.0
#include "format/table.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace mxray {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kNoteIndent = 4;
constexpr std::size_t kLeastTextWidth = 24;  // narrower, text is better off beneath its row

std::string_view escape_code(Colour colour) {
  switch (colour) {
    case Colour::kNone: return "";
    case Colour::kBold: return "\x1b[1m";
    case Colour::kDim: return "\x1b[2m";
    case Colour::kRed: return "\x1b[31m";
    case Colour::kGreen: return "\x1b[32m";
    case Colour::kYellow: return "\x1b[33m";
  }
  return "";
}

void trim_right(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

}  // namespace

std::string paint(std::string_view text, Colour colour, bool enabled) {
  if (!enabled || colour == Colour::kNone) return std::string(text);
  return std::string(escape_code(colour)) + std::string(text) + "\x1b[0m";
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_character(text);
    out += is_deceptive(character) ? "?" : text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;  // not a continuation byte
  }));
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  const std::string clean = printable(text);
  if (width == 0) return margin + clean + "\n";
  std::string out;
  std::string current;
  for (std::size_t start = 0; start < clean.size();) {
    const std::size_t space = std::min(clean.find(' ', start), clean.size());
    const std::string word = clean.substr(start, space - start);
    start = space + 1;
    if (!current.empty() && indent + display_width(current) + 1 + display_width(word) > width) {
      out += margin + current + "\n";
      current.clear();
    }
    if (!current.empty()) current += ' ';
    current += word;
  }
  if (!current.empty()) out += margin + current + "\n";
  return out;
}

std::string wrap_advice(std::string_view text, std::size_t width, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    out += wrap(line, line.starts_with(' ') ? 0 : width, indent);
  }
  return out;
}

void Table::add_column(std::string title, Align align) {
  columns_.push_back({std::move(title), align});
}

void Table::add_row(std::vector<std::string> cells, Colour colour, std::string note) {
  for (std::string& cell : cells) cell = printable(cell);
  cells.resize(columns_.size());
  note = printable(note);
  trim_right(note);
  rows_.push_back({std::move(cells), colour, std::move(note)});
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const Row& row : rows_) width = std::max(width, display_width(row.cells[i]));
    result.push_back(width);
  }
  return result;
}

Table Table::without_empty_columns() const {
  Table table;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (std::any_of(rows_.begin(), rows_.end(),
                    [i](const Row& row) { return !row.cells[i].empty(); })) {
      kept.push_back(i);
      table.columns_.push_back(columns_[i]);
    }
  }
  for (const Row& row : rows_) {
    Row shorter{{}, row.colour, row.note};
    for (const std::size_t i : kept) shorter.cells.push_back(row.cells[i]);
    table.rows_.push_back(std::move(shorter));
  }
  return table;
}

Table::Layout Table::layout(const std::vector<std::size_t>& widths, std::size_t width) const {
  const std::size_t all = columns_.size();
  std::size_t used = 0;
  std::size_t fit = 0;
  while (fit < all && (width == 0 || used + widths[fit] <= width)) used += widths[fit++] + kGap;
  if (fit == all) return {all, 0};
  const bool only_text_is_left = fit + 1 == all && columns_.back().align == Align::kText;
  if (only_text_is_left && used + kLeastTextWidth <= width) return {all, width};
  return {std::max<std::size_t>(fit, 1), 0};
}

std::string Table::lines(const std::vector<std::string>& cells,
                         const std::vector<std::size_t>& widths, Layout layout) const {
  std::string line;
  std::size_t used = 0;
  for (std::size_t i = 0; i < layout.columns; ++i) {
    const bool last = i + 1 == layout.columns;
    if (last && layout.text_width > 0 && !cells[i].empty()) {
      line += wrap(cells[i], layout.text_width, used).substr(used);
      line.pop_back();  // the line's end
      break;
    }
    const std::string padding(widths[i] - display_width(cells[i]), ' ');
    line += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
    if (!last) line += std::string(kGap, ' ');
    used += widths[i] + kGap;
  }
  trim_right(line);
  return line;
}

// `RTT ms 188.6, ident dropped`
std::string Table::beneath(const std::vector<std::string>& cells, std::size_t first) const {
  std::string text;
  for (std::size_t i = first; i < cells.size(); ++i) {
    if (cells[i].empty()) continue;
    if (!text.empty()) text += ", ";
    text += columns_[i].align == Align::kText ? cells[i] : columns_[i].title + " " + cells[i];
  }
  return text;
}

std::string Table::render(bool colour, int width) const {
  const std::vector<std::size_t> columns = widths();
  const auto room = static_cast<std::size_t>(std::max(width, 0));
  const Layout how = layout(columns, room);
  if (how.columns < columns_.size() || how.text_width > 0) {
    const Table fuller = without_empty_columns();
    const bool leaner = fuller.columns_.size() < columns_.size() && !fuller.columns_.empty();
    if (leaner) return fuller.render(colour, width);
  }
  const auto painted = [colour](const std::string& text, Colour in) {
    std::string out;  // line by line: a colour must not run into the margin
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      out += paint(text.substr(start, end - start), in, colour) + "\n";
      start = end + 1;
    }
    return out;
  };
  const auto note = [&](std::string text, Colour in) {
    if (text.empty()) return std::string();
    text = wrap(text, room, kNoteIndent);
    return painted(text.substr(0, text.size() - 1), in);
  };
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  std::string out = painted(lines(titles, columns, how), Colour::kDim);
  for (const Row& row : rows_) {
    out += painted(lines(row.cells, columns, how), row.colour);
    out += note(beneath(row.cells, how.columns), row.colour) + note(row.note, row.colour);
  }
  return out;
}

}  // namespace mxray
