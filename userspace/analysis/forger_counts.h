// SPDX-License-Identifier: Apache-2.0
// How many forgeries came from which kind of box, and from how far?
//
// Both are closed sets, so that they can be labels. A forger may sit anywhere
// between this host and the server; near ones, about whom something can be done,
// are told apart hop by hop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "analysis/incident.h"

namespace mxray {

class ForgerCounts {
 public:
  /// `simple`, `constant_window`, `reflector`, `mimic`, `unknown`.
  static constexpr std::array<std::string_view, 5> kClasses = {"simple", "constant_window",
                                                               "reflector", "mimic", "unknown"};
  /// Hops from here.
  static constexpr std::array<std::string_view, 10> kHops = {
      "0", "1", "2", "3", "4", "5-7", "8-11", "12-15", "16+", "unknown"};

  void add(const Forgery& forgery);

  /// By the indices of the two arrays.
  [[nodiscard]] std::uint64_t of(std::size_t forger_class, std::size_t hops) const {
    return counts_.at(forger_class).at(hops);
  }

 private:
  std::array<std::array<std::uint64_t, kHops.size()>, kClasses.size()> counts_{};
};

}  // namespace mxray
