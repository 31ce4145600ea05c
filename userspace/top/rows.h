// SPDX-License-Identifier: Apache-2.0
// Which rows does a pane have, in which order?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "top/picture.h"
#include "top/reader.h"
#include "top/text.h"

namespace mxray::top {

struct Row {
  std::string key;  // the same in the next picture
  std::vector<std::string> cells;
  std::string search;    // what the filter looks at
  std::string incident;  // its id, to explain; empty: there is none
  Style style = Style::kPlain;
};

/// What a pane may be sorted by; the first is the default. Reader::orders counts on.
const std::vector<std::string>& orders_of(Pane pane);

/// The rows that pass the filter.
std::vector<Row> rows_of(Pane pane, const Observed& observed, const Reader& reader, Instant now,
                         Letters letters);

/// The place of the selected row among them; 0 if there are none.
std::size_t selected_in(const std::vector<Row>& rows, const Cursor& cursor);

}  // namespace mxray::top
