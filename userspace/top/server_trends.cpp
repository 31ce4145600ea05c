// SPDX-License-Identifier: Apache-2.0
#include "top/server_trends.h"

#include <algorithm>

namespace mxray::top {

ServerTrend& ServerTrends::trend_of(const Endpoint& server) {
  const auto found = std::find_if(servers_.begin(), servers_.end(),
                                  [&](const ServerTrend& trend) { return trend.server == server; });
  if (found != servers_.end()) return *found;
  if (servers_.size() < kMostServers) {
    return servers_.emplace_back(ServerTrend{.server = server, .connections = 0, .samples = {}});
  }
  ServerTrend& oldest = *std::min_element(
      servers_.begin(), servers_.end(), [](const ServerTrend& a, const ServerTrend& b) {
        return a.samples.back().opened_ns < b.samples.back().opened_ns;
      });
  oldest = {.server = server, .connections = 0, .samples = {}};
  return oldest;
}

void ServerTrends::note(const FlowView& flow) {
  if (!flow.rtt_ms && !flow.server_hops) return;
  ServerTrend& trend = trend_of(flow.server);
  auto& samples = trend.samples;
  const TrendSample sample{.opened_ns = flow.opened_ns,
                           .client = flow.client,
                           .rtt_ms = flow.rtt_ms,
                           .hops = flow.server_hops};
  // From the latest on: that is where most belong.
  auto place = samples.end();
  while (place != samples.begin() && std::prev(place)->opened_ns >= flow.opened_ns) {
    --place;
    if (place->opened_ns == flow.opened_ns && place->client == flow.client) {
      *place = sample;
      return;
    }
  }
  const bool is_forgotten = samples.size() == kMostSamples && place == samples.begin();
  if (is_forgotten) return;
  samples.insert(place, sample);
  ++trend.connections;
  if (samples.size() > kMostSamples) samples.pop_front();
}

}  // namespace mxray::top
