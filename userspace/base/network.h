// SPDX-License-Identifier: Apache-2.0
// To which network does an address belong?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "record.h"

namespace mxray {

/// An address and how many of its leading bits all hosts share: of IPv4 0 to 32.
struct Network {
  core::address address{};
  int prefix_length = 0;
};

/// A network that an interface of this machine is on.
struct AttachedNetwork {
  std::string interface;
  Network network;
};

/// The network of that prefix length around an address; lengths beyond the
/// family's are taken for the longest.
Network network_around(const core::address& address, int prefix_length);

/// Whether all bits are its own.
bool is_single_host(const Network& network);

/// False for an address of the other family.
bool contains(const Network& network, const core::address& address);

/// `192.0.2.0/24`, `2001:db8::/64`.
std::string to_string(const Network& network);

/// The inverse, for any address of the network; an address alone is a network of one.
/// nullopt for all else, a prefix that is too long among it.
std::optional<Network> parse_network(std::string_view text);

/// Addresses that no outside host has: RFC 1918, RFC 6598 (carrier NAT), RFC 3927
/// and fe80::/10 (link-local), RFC 4193 (fc00::/7), loopback.
bool is_private(const core::address& address);

}  // namespace mxray
