// SPDX-License-Identifier: Apache-2.0
// What is a screen before it is on a terminal?
//
// Lines of pieces of text, each in a style. What a style looks like, and whether
// there is colour, the screen knows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "top/text.h"

namespace mxray::top {

enum class Style {
  kPlain,
  kDim,
  kBold,
  kBar,       // the title of what has the reader's attention
  kRule,      // the title of what has not
  kSelected,  // the selected row
  kGood,
  kWarning,
  kAlarm,
};

struct Piece {
  std::string text;  // clean
  Style style = Style::kPlain;
};

using Picture = std::vector<std::vector<Piece>>;

/// One line, from the left, never longer than `columns`.
class LineWriter {
 public:
  LineWriter(std::size_t columns, Letters letters) : left_(columns), letters_(letters) {}

  /// As much of the text as there is room for.
  LineWriter& add(std::string_view text, Style style = Style::kPlain) {
    return put(cut(text, left_, letters_), style);
  }
  /// The text in `columns` columns, as far as there is room.
  LineWriter& cell(std::string_view text, std::size_t columns, Style style = Style::kPlain,
                   Keep keep = Keep::kStart) {
    return put(cut(fit(text, columns, letters_, keep), left_, letters_), style);
  }
  /// Repeats `filler`, which takes one column, up to the room that `rest` needs at
  /// the end.
  LineWriter& fill(std::string_view filler, Style style, std::size_t rest = 0) {
    std::string text;
    for (std::size_t i = rest; i < left_; ++i) text += filler;
    return put(std::move(text), style);
  }
  [[nodiscard]] std::size_t room() const { return left_; }
  /// The line; afterwards the writer is empty.
  std::vector<Piece> done() { return std::move(pieces_); }

 private:
  LineWriter& put(std::string text, Style style) {
    left_ -= columns_of(text, letters_);
    if (!text.empty()) pieces_.push_back({std::move(text), style});
    return *this;
  }

  std::size_t left_;
  Letters letters_;
  std::vector<Piece> pieces_;
};

}  // namespace mxray::top
