// SPDX-License-Identifier: Apache-2.0
#include "daemon/reload.h"

#include <fmt/format.h>

#include "daemon/log.h"

namespace mxray {

bool takes_effect_at_once(std::string_view key) {
  return key.starts_with("retention.") || key == "local_domains" || key == "reply_reasons";
}

void log_changes(const Config& before, const Config& after) {
  const auto changed = changed_settings(before, after);
  if (changed.empty()) log_info("configuration read again: no key has changed");
  for (const std::string_view key : changed) {
    if (takes_effect_at_once(key)) {
      log_info(fmt::format("configuration read again: {} taken over", key));
    } else {
      log_warning(
          fmt::format("configuration read again: {} has changed; restart mxrayd for it "
                      "to take effect",
                      key));
    }
  }
}

}  // namespace mxray
