// SPDX-License-Identifier: Apache-2.0
// What is the core told before its first packet?
//
// The probe freezes it into the kernel's read-only data, the replay hands it to
// its engine; both get it from here, so that they watch the same ports.
#pragma once

#include <cstdint>

#include "base/port_table.h"
#include "config.h"

namespace mxray {

/// Ports beyond the first core::PORT_TABLE_SIZE are left out; parse_ports()
/// never gives more. `digest_secret` keys the digests of packet content: random
/// where they could leak, fixed where they shall be reproducible. Connections that
/// nobody has proven are taken on without limit: a capture holds no more than it holds.
core::core_config make_core_config(const PortTable& ports, double slow_greeting_seconds,
                                   std::uint64_t digest_secret);

}  // namespace mxray
