// SPDX-License-Identifier: Apache-2.0
#include "analysis/forger_counts.h"

#include <algorithm>

namespace mxray {
namespace {

// The last name of each array is for what is not known.
std::size_t class_index(const Forgery& forgery) {
  const auto& names = ForgerCounts::kClasses;
  const auto found = std::find(names.begin(), names.end() - 1, forgery.forger_class.value_or(""));
  return static_cast<std::size_t>(found - names.begin());
}

std::size_t hops_index(const Forgery& forgery) {
  constexpr std::array kFirstHop = {0, 1, 2, 3, 4, 5, 8, 12, 16};
  static_assert(kFirstHop.size() + 1 == ForgerCounts::kHops.size());
  if (!forgery.forger_hops || *forgery.forger_hops < 0) return kFirstHop.size();
  const auto beyond = std::upper_bound(kFirstHop.begin(), kFirstHop.end(), *forgery.forger_hops);
  return static_cast<std::size_t>(beyond - kFirstHop.begin()) - 1;
}

}  // namespace

void ForgerCounts::add(const Forgery& forgery) {
  ++counts_.at(class_index(forgery)).at(hops_index(forgery));
}

}  // namespace mxray
