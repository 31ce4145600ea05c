// SPDX-License-Identifier: Apache-2.0
#include "base/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace mxray {
namespace {

constexpr std::size_t kLongestWord = 64;  // the work grows with its square

// Damerau and Levenshtein's, in which a pair of swapped neighbours is one mistake.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_above(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_above = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& words) {
  std::string_view best;
  std::size_t least = 0;
  if (word.size() > kLongestWord) return best;
  for (const std::string_view candidate : words) {
    const std::size_t mistakes = distance(word, candidate);
    if (mistakes > std::max<std::size_t>(candidate.size() / 3, 1)) continue;
    if (best.empty() || mistakes < least) {
      best = candidate;
      least = mistakes;
    }
  }
  return best;
}

}  // namespace mxray
