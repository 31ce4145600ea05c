// SPDX-License-Identifier: Apache-2.0
// Which addresses of this host may be asked from outside, and who is next to them
// out there?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace mxray::trace {

struct OutsideAddress {
  core::address address{};
  std::string interface;
  unsigned ifindex = 0;
  std::vector<std::uint8_t> mac;  // empty if the interface has none
  /// The router or peer that leads out over this interface; nullopt if nothing does.
  std::optional<core::address> neighbour;
};

/// All addresses of interfaces that are up, but for loopback and link-local ones.
std::vector<OutsideAddress> outside_addresses();

/// A default route: out of this interface, by this router; no router on a
/// point-to-point link.
struct DefaultRoute {
  std::string interface;
  std::optional<core::address> router;
};

/// Those in /proc/net/route and in /proc/net/ipv6_route, by their text.
std::vector<DefaultRoute> default_routes4(std::string_view text);
std::vector<DefaultRoute> default_routes6(std::string_view text);

}  // namespace mxray::trace
