// SPDX-License-Identifier: Apache-2.0
#include "daemon/local_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <bit>
#include <memory>
#include <numeric>
#include <span>
#include <utility>

#include "base/socket_address.h"

namespace mxray {
namespace {

// How many leading bits of the mask are set.
int prefix_length_of(const ifaddrs& entry) {
  const sockaddr* mask = entry.ifa_netmask;
  std::span<const std::uint8_t> bytes;
  if (mask != nullptr && entry.ifa_addr->sa_family == AF_INET) {
    bytes = std::span(reinterpret_cast<const std::uint8_t*>(
                          &reinterpret_cast<const sockaddr_in*>(mask)->sin_addr),
                      sizeof(in_addr));
  } else if (mask != nullptr && entry.ifa_addr->sa_family == AF_INET6) {
    bytes = std::span(reinterpret_cast<const std::uint8_t*>(
                          &reinterpret_cast<const sockaddr_in6*>(mask)->sin6_addr),
                      sizeof(in6_addr));
  }
  return std::accumulate(bytes.begin(), bytes.end(), 0,
                         [](int bits, std::uint8_t byte) { return bits + std::popcount(byte); });
}

}  // namespace

void LocalAddresses::refresh() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(found, &::freeifaddrs);
  std::unordered_set<core::address> addresses;
  std::vector<AttachedNetwork> networks;
  for (const ifaddrs* next = found; next != nullptr; next = next->ifa_next) {
    if (next->ifa_addr == nullptr) continue;
    const auto local = endpoint_of(next->ifa_addr);
    if (!local) continue;
    addresses.insert(local->address);
    networks.push_back({next->ifa_name, network_around(local->address, prefix_length_of(*next))});
  }
  addresses_ = std::move(addresses);
  networks_ = std::move(networks);
}

bool LocalAddresses::contains(const core::address& address) const {
  return addresses_.contains(address);
}

std::optional<AttachedNetwork> LocalAddresses::network_of(const core::address& address) const {
  const AttachedNetwork* smallest = nullptr;
  for (const AttachedNetwork& attached : networks_) {
    if (!mxray::contains(attached.network, address)) continue;
    if (smallest == nullptr || attached.network.prefix_length > smallest->network.prefix_length) {
      smallest = &attached;
    }
  }
  return smallest == nullptr ? std::nullopt : std::optional(*smallest);
}

}  // namespace mxray
