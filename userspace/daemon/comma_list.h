// SPDX-License-Identifier: Apache-2.0
// What stands in `a,b,c`?
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace mxray {

/// The items as they are, empty ones between two commas too: whoever reads them says
/// what is wrong with one. None of an empty list; what follows a last comma is none.
inline std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    items.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return items;
}

}  // namespace mxray
