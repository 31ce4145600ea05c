// SPDX-License-Identifier: Apache-2.0
// Which word was meant by one that is misspelt?
#pragma once

#include <string_view>
#include <vector>

namespace mxray {

/// The nearest of `words` if it is near: at most a third of its letters added, left out,
/// changed or swapped with their neighbour. Empty if none is.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace mxray
