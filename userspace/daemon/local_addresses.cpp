// SPDX-License-Identifier: Apache-2.0
#include "daemon/local_addresses.h"

#include <ifaddrs.h>

#include <memory>
#include <utility>

#include "base/socket_address.h"

namespace mxray {
namespace {

std::string bytes_of(const core::address& address) {
  return {reinterpret_cast<const char*>(address.bytes), sizeof address.bytes};
}

}  // namespace

void LocalAddresses::refresh() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(found, &::freeifaddrs);
  std::unordered_set<std::string> addresses;
  for (const ifaddrs* next = found; next != nullptr; next = next->ifa_next) {
    if (next->ifa_addr == nullptr) continue;
    if (const auto local = endpoint_of(next->ifa_addr)) addresses.insert(bytes_of(local->address));
  }
  addresses_ = std::move(addresses);
}

bool LocalAddresses::contains(const core::address& address) const {
  return addresses_.contains(bytes_of(address));
}

}  // namespace mxray
