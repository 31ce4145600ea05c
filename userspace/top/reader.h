// SPDX-License-Identifier: Apache-2.0
// What has the reader of the screen chosen to see?
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "base/time.h"
#include "top/observed.h"

namespace mxray::top {

enum class Pane { kWaiting, kIncidents, kServers };
inline constexpr std::size_t kPaneCount = 3;

enum class Page { kPanes, kExplanation, kHelp };

/// The selected row. The first one stays selected, whichever it is, until the reader
/// moves; then the row is followed by its key, and by its place when it is gone.
struct Cursor {
  std::string key;
  std::size_t index = 0;
};

struct Reader {
  Page page = Page::kPanes;
  Pane pane = Pane::kWaiting;
  std::array<Cursor, kPaneCount> cursors{};
  std::array<std::size_t, kPaneCount> orders{};  // see kOrders
  std::string filter;
  bool types_filter = false;
  Zone zone = Zone::kUtc;
  std::optional<Instant> paused_since;
  std::string note;  // one sentence, until the next key

  std::string explained;    // id of the incident; empty: none
  std::string explanation;  // empty: asked for, not yet there
  std::size_t top_line = 0;
  std::size_t left_column = 0;

  Cursor& cursor() { return cursors[static_cast<std::size_t>(pane)]; }
};

/// Rows and columns of the terminal.
struct Size {
  std::size_t rows = 0;
  std::size_t columns = 0;
};

/// On a smaller terminal there is only a sentence that says so.
inline constexpr Size kLeastSize{.rows = 16, .columns = 60};
constexpr bool is_too_small(Size size) {
  return size.rows < kLeastSize.rows || size.columns < kLeastSize.columns;
}

}  // namespace mxray::top
