// SPDX-License-Identifier: Apache-2.0
// What does the whole screen look like?
#pragma once

#include <string>

#include "top/picture.h"
#include "top/reader.h"

namespace mxray::top {

/// Where the picture is shown.
struct Place {
  std::string host;  // the gateway's name
  Letters letters = Letters::kAscii;
};

/// Exactly `size.rows` lines, none wider than `size.columns`.
Picture draw(const Observed& observed, const Reader& reader, const Place& place, Size size,
             Instant now);

}  // namespace mxray::top
