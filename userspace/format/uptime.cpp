// SPDX-License-Identifier: Apache-2.0
#include "format/uptime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace mxray {

std::string uptime(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(seconds, 0.0));
  const std::uint64_t days = whole / 86400;
  return fmt::format("{}{:02}:{:02}:{:02}", days == 0 ? "" : fmt::format("{} d ", days),
                     whole / 3600 % 24, whole / 60 % 60, whole % 60);
}

}  // namespace mxray
