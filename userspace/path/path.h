// SPDX-License-Identifier: Apache-2.0
// Which routers does mail pass on its way to a server?
//
// Made by `mxray trace` or read from a pasted traceroute; held against what an
// incident's TTLs and delays say of its forger (placement.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"

namespace mxray {

/// Bounds of what is read from elsewhere: a TTL is one byte, and a traceroute sends
/// fewer probes a hop.
inline constexpr int kMostHops = 255;
inline constexpr std::size_t kMostHopAddresses = 64;

/// One step: all that answered probes which died after `distance` hops.
struct Hop {
  int distance = 0;  // the probes' TTL or hop limit; 1 is the first router
  /// Who answered, the most frequent first; several where paths are parallel,
  /// none where nobody did.
  std::vector<core::address> addresses{};
  std::optional<double> rtt_ms{};  // the least of all answers
  int probes = 0;                  // sent; 0 unknown
  int answers = 0;
};

struct Path {
  Endpoint server{};          // port 0: unknown
  std::uint64_t time_ns = 0;  // wall clock, when it was measured; 0 unknown
  /// By distance, from 1, without a gap: a hop that nobody answered for is there
  /// with no address.
  std::vector<Hop> hops{};
  /// The hop at which the server itself answered (SYN-ACK or RST); nullopt: it
  /// was not reached.
  std::optional<int> server_distance{};
};

}  // namespace mxray
