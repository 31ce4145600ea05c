// SPDX-License-Identifier: Apache-2.0
// How does a pane look: its title, and as many of its rows as there is room for?
#pragma once

#include "top/picture.h"
#include "top/rows.h"

namespace mxray::top {

/// A title and `height` lines, around the selected row. Adds exactly 1 + `height`.
void draw_pane(Picture& picture, Pane pane, const Observed& observed, const Reader& reader,
               Instant now, Letters letters, Size size, std::size_t height);

}  // namespace mxray::top
