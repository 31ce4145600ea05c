// SPDX-License-Identifier: Apache-2.0
#include "top/spark.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mxray::top {
namespace {

constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 8> kAsciiBars = {"_", ".", "-", ":", "=", "+", "*", "#"};

}  // namespace

std::string spark(const std::vector<double>& values, double low, double high, Letters letters) {
  const auto& bars = letters == Letters::kUtf8 ? kBars : kAsciiBars;
  const double range = high - low;
  std::string out;
  for (const double value : values) {
    const double height = range > 0 ? (value - low) / range : 0;
    // Not a number compares as false and ends up lowest.
    out += height > 0 ? bars[static_cast<std::size_t>(std::lround(std::min(height, 1.0) * 7))]
                      : bars[0];
  }
  return out;
}

}  // namespace mxray::top
