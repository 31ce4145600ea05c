// SPDX-License-Identifier: Apache-2.0
#include "daemon/local_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <memory>
#include <utility>

namespace mxray {
namespace {

constexpr std::size_t kBytes = 16;

/// An IPv4 address as record.h writes it: ::ffff:a.b.c.d.
std::string mapped(const in_addr& address) {
  std::string bytes(10, '\0');
  bytes += "\xff\xff";
  return bytes.append(reinterpret_cast<const char*>(&address), sizeof address);
}

}  // namespace

void LocalAddresses::refresh() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(found, &::freeifaddrs);
  std::unordered_set<std::string> addresses;
  for (const ifaddrs* next = found; next != nullptr; next = next->ifa_next) {
    if (next->ifa_addr == nullptr) continue;
    if (next->ifa_addr->sa_family == AF_INET) {
      addresses.insert(mapped(reinterpret_cast<const sockaddr_in*>(next->ifa_addr)->sin_addr));
    } else if (next->ifa_addr->sa_family == AF_INET6) {
      const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(next->ifa_addr);
      addresses.emplace(reinterpret_cast<const char*>(&ipv6->sin6_addr), kBytes);
    }
  }
  addresses_ = std::move(addresses);
}

bool LocalAddresses::contains(const core::address& address) const {
  static_assert(sizeof address.bytes == kBytes);
  return addresses_.contains(std::string(reinterpret_cast<const char*>(address.bytes), kBytes));
}

}  // namespace mxray
