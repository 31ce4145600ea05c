// SPDX-License-Identifier: Apache-2.0
#include "daemon/interface_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>

#include <algorithm>
#include <utility>

namespace mxray {

InterfaceChoice::InterfaceChoice(std::vector<std::string> configured,
                                 std::optional<RouteWatch> routes)
    : configured_(std::move(configured)), routes_(std::move(routes)) {}

Result<InterfaceChoice> InterfaceChoice::begin(std::vector<std::string> configured) {
  std::optional<RouteWatch> routes;
  if (std::ranges::find(configured, kDefaultRoute) != configured.end()) {
    auto started = RouteWatch::start();
    if (!started) return started.error();
    routes = *std::move(started);
  }
  InterfaceChoice choice(std::move(configured), std::move(routes));
  const auto meant = choice.meant();
  if (meant.empty()) {
    return Error{
        "this machine has no default route, so nothing tells which interface mail takes; set one "
        "up, or name the interface: `interfaces: [IF]` in the configuration, or --interface IF"};
  }
  for (const std::string& name : meant) {
    if (::if_nametoindex(name.c_str()) != 0) return choice;
  }
  return Error{fmt::format("there is no interface {}; `ip link` lists those that exist",
                           fmt::join(meant, ", "))};
}

std::vector<std::string> InterfaceChoice::meant() const {
  std::vector<std::string> meant;
  const auto add = [&meant](const std::string& name) {
    if (std::ranges::find(meant, name) == meant.end()) meant.push_back(name);
  };
  for (const std::string& name : configured_) {
    if (name == kDefaultRoute) {
      std::ranges::for_each(routes_->interfaces(), add);
    } else {
      add(name);
    }
  }
  return meant;
}

std::vector<int> InterfaceChoice::poll_fds() const {
  return routes_ ? std::vector<int>{routes_->fd()} : std::vector<int>{};
}

void InterfaceChoice::read() {
  if (routes_) routes_->read();
}

Status InterfaceChoice::look(std::uint64_t now_ns) {
  if (!routes_) return Ok{};
  if (const auto looked = routes_->look(now_ns); !looked) return looked.error();
  return Ok{};
}

}  // namespace mxray
