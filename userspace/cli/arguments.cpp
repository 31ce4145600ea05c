// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <fmt/format.h>

#include "base/time.h"

namespace mxray::cli {

std::string check_duration(const std::string& text) {
  if (parse_duration(text)) return {};
  return fmt::format("'{}' is no duration; write 90s, 15m, 2h or 7d", text);
}

}  // namespace mxray::cli
