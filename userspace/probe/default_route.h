// SPDX-License-Identifier: Apache-2.0
// Over which interfaces does this machine reach the rest of the world?
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace mxray {

struct Uplink {
  std::uint32_t ifindex = 0;
  std::string name;
};

/// The interfaces of the default routes with the least metric, all of them where a
/// route has several ways, each once. `family`: AF_INET or AF_INET6. Of the main
/// table (`ip route show default`): rules and other tables are not asked. Empty
/// without a default route. The kernel lists the whole main table for it, 64 KiB at
/// a time: 20 ms of one core for 100,000 routes; see route_watch.h.
Result<std::vector<Uplink>> default_route_uplinks(int family);

}  // namespace mxray
