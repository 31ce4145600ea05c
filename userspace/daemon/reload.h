// SPDX-License-Identifier: Apache-2.0
// What of a configuration that was read again takes effect at once?
#pragma once

#include <string>
#include <string_view>

#include "daemon/config.h"

namespace mxray {

/// `retention.*`, `local_domains` and `reply_reasons` do; everything else is
/// compiled into the kernel programs, or bound, at the start.
bool takes_effect_at_once(std::string_view key);

/// One line a key that differs: taken over, or awaiting a restart.
void log_changes(const Config& before, const Config& after);

/// `interfaces, ports changed; restart mxrayd`; empty if nothing awaits a restart.
std::string awaiting_restart(const Config& running, const Config& on_disk);

}  // namespace mxray
