// SPDX-License-Identifier: Apache-2.0
// What were the latest connections to each server like?
//
// One sample a connection, however often it is shown: a server that takes one mail
// a minute and one that takes ten a second are told alike, by their latest
// connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "analysis/snapshot.h"

namespace mxray::top {

inline constexpr std::size_t kMostServers = 64;  // the one heard of longest ago goes first
inline constexpr std::size_t kMostSamples = 64;  // of a server, the latest

/// One connection.
struct TrendSample {
  std::uint64_t opened_ns = 0;  // wall clock
  Endpoint client;
  std::optional<double> rtt_ms;
  std::optional<int> hops;
};

struct ServerTrend {
  Endpoint server;
  std::uint64_t connections = 0;    // noted so far
  std::deque<TrendSample> samples;  // never empty; by the time they opened
};

class ServerTrends {
 public:
  /// Adds the connection, or what has become known of it since. One of which neither
  /// round trip nor distance is known is left out.
  void note(const FlowView& flow);

  [[nodiscard]] const std::vector<ServerTrend>& all() const { return servers_; }

 private:
  ServerTrend& trend_of(const Endpoint& server);

  std::vector<ServerTrend> servers_;
};

}  // namespace mxray::top
