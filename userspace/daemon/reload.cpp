// SPDX-License-Identifier: Apache-2.0
#include "daemon/reload.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

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

std::string awaiting_restart(const Config& running, const Config& on_disk) {
  auto keys = changed_settings(running, on_disk);
  std::erase_if(keys, takes_effect_at_once);
  if (keys.empty()) return "";
  return fmt::format("{} changed; restart mxrayd", fmt::join(keys, ", "));
}

}  // namespace mxray
