// SPDX-License-Identifier: Apache-2.0
// How do rows become a table that lines up on a terminal?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mxray {

enum class Colour { kNone, kBold, kDim, kRed, kGreen, kYellow };

/// `text` in the escape codes of `colour`; unchanged if `enabled` is false.
std::string paint(std::string_view text, Colour colour, bool enabled);

/// What is_deceptive() becomes `?`: a control character, a mark of direction, a byte that is
/// no UTF-8. The last guard before a terminal: text from packets is clean already, names of
/// files may not be.
std::string printable(std::string_view text);

/// Columns that `text` takes: its UTF-8 characters, each counted as one.
std::size_t display_width(std::string_view text);

/// `text` broken at spaces into lines of at most `width` columns, each indented
/// by `indent` spaces and ended. A longer word stays whole. Width 0: one line.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

/// The same for advice of several lines. Those that begin with a space are
/// commands: they stay whole, to be copied.
std::string wrap_advice(std::string_view text, std::size_t width, std::size_t indent = 0);

/// Rows of cells under a header, two spaces between columns. Cells pass printable().
///
/// Where the columns have no room side by side, those without any content are left out
/// and the text of the last one is broken into lines; if that is not enough, the columns
/// that do not fit go beneath their row, with their titles. No cell is ever cut.
class Table {
 public:
  enum class Align {
    kLeft,
    kRight,
    kText,  // left, and may be broken at spaces if it is the last column
  };

  /// Adds a column; all columns come before the first row.
  void add_column(std::string title, Align align = Align::kLeft);

  /// Adds a row; missing cells are empty. `note` goes on a line of its own
  /// beneath, for text that would not fit beside the other cells.
  void add_row(std::vector<std::string> cells, Colour colour = Colour::kNone,
               std::string note = {});

  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// All lines with their ends, of at most `width` columns (0 or less: as long as they
  /// like).
  [[nodiscard]] std::string render(bool colour, int width = 0) const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  struct Row {
    std::vector<std::string> cells;
    Colour colour;
    std::string note;
  };
  /// How many columns stand side by side, and where the last one is broken.
  struct Layout {
    std::size_t columns;
    std::size_t text_width;  // 0: nowhere
  };
  [[nodiscard]] std::vector<std::size_t> widths() const;
  [[nodiscard]] Table without_empty_columns() const;
  [[nodiscard]] Layout layout(const std::vector<std::size_t>& widths, std::size_t width) const;
  [[nodiscard]] std::string lines(const std::vector<std::string>& cells,
                                  const std::vector<std::size_t>& widths, Layout layout) const;
  [[nodiscard]] std::string beneath(const std::vector<std::string>& cells, std::size_t first) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

}  // namespace mxray
