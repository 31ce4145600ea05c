// SPDX-License-Identifier: Apache-2.0
#include "base/core_settings.h"

#include <cmath>
#include <limits>

namespace mxray {

core::core_config make_core_config(const PortTable& ports, double slow_greeting_seconds,
                                   std::uint64_t digest_secret) {
  core::core_config config{};
  std::size_t slot = 0;
  for (const auto& [port, protocol] : ports) {
    if (slot == core::PORT_TABLE_SIZE) break;
    config.port_bits[port >> 6] |= core::u64{1} << (port & 63);
    config.ports[slot].port = port;
    config.ports[slot].protocol = static_cast<core::u16>(protocol);
    ++slot;
  }
  config.slow_greeting_ns = static_cast<core::u64>(std::llround(slow_greeting_seconds * 1e9));
  config.digest_secret = digest_secret;
  config.unproven_a_second = std::numeric_limits<core::u32>::max();
  return config;
}

}  // namespace mxray
