// SPDX-License-Identifier: Apache-2.0
// How do an incident's explanation and the help fill the screen?
#pragma once

#include <string>
#include <vector>

#include "top/picture.h"
#include "top/reader.h"

namespace mxray::top {

/// What the whole screen shows instead of the panes.
struct LongText {
  std::string title;
  std::vector<std::string> lines;  // not yet clean
};

/// The text of the reader's page; empty for the panes.
LongText long_text(const Reader& reader);

/// The farthest that a text can be moved on this terminal: lines and columns.
Size farthest(const LongText& text, Size size, Letters letters);

/// A title and the part of the text that the reader has moved to. Adds exactly
/// `height` lines.
void draw_long_text(Picture& picture, const Reader& reader, Size size, std::size_t height,
                    Letters letters);

/// Lines of the screen that are no text: the title and the keys.
inline constexpr std::size_t kTextFrame = 2;

}  // namespace mxray::top
