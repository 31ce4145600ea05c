// SPDX-License-Identifier: Apache-2.0
// How far away did a packet start, judged by its TTL?
#pragma once

#include <cstdint>

namespace mxray {

/// Systems start at 64, 128 or 255 and no path is 64 hops long, so the next of
/// these above the TTL is where it started. Only true of honest stacks: some
/// forgers draw their TTL at random.
constexpr int initial_ttl(std::uint8_t ttl) { return ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255; }

/// Hops by which the TTL of a genuine sender moves when its route changes; of 12,064
/// flows measured (weights.h) 6 moved farther.
inline constexpr int kRouteChange = 3;

/// Routers between the sender and the monitor.
constexpr int hops_of(std::uint8_t ttl) { return initial_ttl(ttl) - ttl; }

}  // namespace mxray
