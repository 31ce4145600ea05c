// SPDX-License-Identifier: Apache-2.0
// Over which interfaces does this machine reach the rest of the world?
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mxray {

/// Of each address family the interfaces of the default routes with the least
/// metric, all of them where a route has several ways; each once, IPv4's first.
/// Of the main table (`ip route show default`): rules and other tables are not
/// asked. Empty without a default route.
Result<std::vector<std::string>> default_route_interfaces();

}  // namespace mxray
