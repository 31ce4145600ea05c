// SPDX-License-Identifier: Apache-2.0
#include "daemon/interface_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>

#include <algorithm>

#include "probe/default_route.h"

namespace mxray {

Result<std::vector<std::string>> meant_interfaces(const std::vector<std::string>& names) {
  std::vector<std::string> meant;
  const auto add = [&meant](const std::string& name) {
    if (std::ranges::find(meant, name) == meant.end()) meant.push_back(name);
  };
  for (const std::string& name : names) {
    if (name != kDefaultRoute) {
      add(name);
      continue;
    }
    const auto found = default_route_interfaces();
    if (!found) return found.error();
    for (const std::string& interface : *found) add(interface);
  }
  return meant;
}

Result<std::vector<std::string>> interfaces_to_start_with(const std::vector<std::string>& names) {
  auto meant = meant_interfaces(names);
  if (!meant) return meant.error();
  if (meant->empty()) {
    return Error{
        "this machine has no default route, so nothing tells which interface mail takes; set one "
        "up, or name the interface: `interfaces: [IF]` in the configuration, or --interface IF"};
  }
  for (const std::string& name : *meant) {
    if (::if_nametoindex(name.c_str()) != 0) return meant;
  }
  return Error{fmt::format("there is no interface {}; `ip link` lists those that exist",
                           fmt::join(*meant, ", "))};
}

}  // namespace mxray
