// SPDX-License-Identifier: Apache-2.0
#include "top/keys.h"

#include <algorithm>

#include "top/explanation.h"
#include "top/rows.h"

namespace mxray::top {
namespace {

using Name = Key::Name;

constexpr std::size_t kMostFilter = 64;
constexpr std::ptrdiff_t kSideways = 8;  // columns at once
constexpr std::ptrdiff_t kWhole = 1'000'000'000;

// Lines by which a key moves, Home and End by more than there are.
std::ptrdiff_t lines_moved(const Key& key, Size size) {
  const auto page = static_cast<std::ptrdiff_t>(std::max<std::size_t>(size.rows, 4) / 2);
  switch (key.name) {
    case Name::kUp: return -1;
    case Name::kDown: return 1;
    case Name::kPageUp: return -page;
    case Name::kPageDown: return page;
    case Name::kHome: return -kWhole;
    case Name::kEnd: return kWhole;
    default: break;
  }
  if (key.character == "k") return -1;
  if (key.character == "j") return 1;
  if (key.character == "g") return -kWhole;
  if (key.character == "G") return kWhole;
  return key.character == " " ? page : 0;
}

std::ptrdiff_t columns_moved(const Key& key) {
  if (key.name == Name::kLeft || key.character == "h") return -kSideways;
  if (key.name == Name::kRight || key.character == "l") return kSideways;
  return 0;
}

std::size_t moved(std::size_t from, std::ptrdiff_t by, std::size_t most) {
  const auto to = static_cast<std::ptrdiff_t>(std::min(from, most)) + by;
  return static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(to, 0, static_cast<std::ptrdiff_t>(most)));
}

void scroll(Reader& reader, const Key& key, Size size, Letters letters) {
  const Size most = farthest(long_text(reader), size, letters);
  reader.top_line = moved(reader.top_line, lines_moved(key, size), most.rows);
  reader.left_column = moved(reader.left_column, columns_moved(key), most.columns);
}

void show(Reader& reader, Page page) {
  reader.page = page;
  reader.top_line = reader.left_column = 0;
}

Wish press_in_text(Reader& reader, const Key& key, Size size, Letters letters) {
  if (key.name == Name::kEscape || key.name == Name::kBackspace || key.character == "q") {
    show(reader, Page::kPanes);
    reader.explained.clear();
    reader.explanation.clear();
  } else {
    scroll(reader, key, size, letters);
  }
  return Wish::kNothing;
}

// Bytes 10xxxxxx go on with a character.
void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

Wish press_in_filter(Reader& reader, const Key& key) {
  switch (key.name) {
    case Name::kEnter: reader.types_filter = false; break;
    case Name::kEscape:
      reader.types_filter = false;
      reader.filter.clear();
      break;
    case Name::kBackspace: drop_last_character(reader.filter); break;
    case Name::kCharacter:
      if (reader.filter.size() + key.character.size() <= kMostFilter) {
        reader.filter += key.character;
      }
      break;
    default: break;
  }
  return Wish::kNothing;
}

void select(Reader& reader, const std::vector<Row>& rows, std::ptrdiff_t by) {
  if (rows.empty() || by == 0) return;
  Cursor& cursor = reader.cursor();
  cursor.index = moved(selected_in(rows, cursor), by, rows.size() - 1);
  cursor.key = cursor.index == 0 ? "" : rows[cursor.index].key;
}

Wish choose(Reader& reader, const std::vector<Row>& rows) {
  if (rows.empty()) return Wish::kNothing;
  const Row& row = rows[selected_in(rows, reader.cursor())];
  if (reader.pane == Pane::kServers) {
    reader.filter = row.key;
  } else if (row.incident.empty()) {
    reader.note = "no incident has been raised about this connection so far";
  } else {
    reader.cursor().key = row.key;  // this one, also if another becomes the first
    reader.explained = row.incident;
    reader.explanation.clear();
    show(reader, Page::kExplanation);
    return Wish::kExplain;
  }
  return Wish::kNothing;
}

void turn_to(Reader& reader, std::size_t steps) {
  reader.pane = static_cast<Pane>((static_cast<std::size_t>(reader.pane) + steps) % kPaneCount);
}

Wish press_in_panes(Reader& reader, const Key& key, const Observed& observed, Size size,
                    Instant now, Letters letters) {
  const auto rows = [&] { return rows_of(reader.pane, observed, reader, now, letters); };
  switch (key.name) {
    case Name::kTab: turn_to(reader, 1); return Wish::kNothing;
    case Name::kBackTab: turn_to(reader, kPaneCount - 1); return Wish::kNothing;
    case Name::kEnter: return choose(reader, rows());
    case Name::kEscape: reader.filter.clear(); return Wish::kNothing;
    default: break;
  }
  if (key.character == "q") return Wish::kQuit;
  if (key.character == "?") {
    show(reader, Page::kHelp);
  } else if (key.character == "/") {
    reader.types_filter = true;
  } else if (key.character == "s") {
    std::size_t& order = reader.orders[static_cast<std::size_t>(reader.pane)];
    order = (order + 1) % orders_of(reader.pane).size();
  } else if (key.character == "p") {
    reader.paused_since = reader.paused_since ? std::nullopt : std::optional(now);
  } else if (key.character == "t") {
    reader.zone = reader.zone == Zone::kUtc ? Zone::kLocal : Zone::kUtc;
  } else {
    select(reader, rows(), lines_moved(key, size));
  }
  return Wish::kNothing;
}

}  // namespace

Wish press(Reader& reader, const Key& key, const Observed& observed, Size size, Instant now,
           Letters letters) {
  reader.note.clear();
  // What nobody sees shall not change.
  if (is_too_small(size)) return key.character == "q" ? Wish::kQuit : Wish::kNothing;
  if (reader.types_filter) return press_in_filter(reader, key);
  if (reader.page != Page::kPanes) return press_in_text(reader, key, size, letters);
  return press_in_panes(reader, key, observed, size, now, letters);
}

}  // namespace mxray::top
