// SPDX-License-Identifier: Apache-2.0
#include "base/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cstring>

namespace mxray {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool operator==(const Endpoint& a, const Endpoint& b) {
  return a.port == b.port && a.address == b.address;
}

bool is_ipv4(const core::address& address) {
  return std::memcmp(address.bytes, kMappedPrefix.data(), kMappedPrefix.size()) == 0;
}

std::string to_string(const core::address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_ipv4(address)) {
    inet_ntop(AF_INET, address.bytes + kMappedPrefix.size(), text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, address.bytes, text.data(), text.size());
  }
  return text.data();
}

std::string to_string(const Endpoint& endpoint) {
  const std::string address = to_string(endpoint.address);
  return is_ipv4(endpoint.address) ? fmt::format("{}:{}", address, endpoint.port)
                                   : fmt::format("[{}]:{}", address, endpoint.port);
}

std::optional<core::address> parse_address(std::string_view text) {
  const std::string copy(text);
  core::address address{};
  if (inet_pton(AF_INET, copy.c_str(), address.bytes + kMappedPrefix.size()) == 1) {
    std::memcpy(address.bytes, kMappedPrefix.data(), kMappedPrefix.size());
    return address;
  }
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes) == 1) return address;
  return std::nullopt;
}

std::string reverse_name(const core::address& address) {
  std::string name;
  if (is_ipv4(address)) {
    for (std::size_t i = 16; i-- > 12;) name += fmt::format("{}.", address.bytes[i]);
    return name + "in-addr.arpa";
  }
  for (std::size_t i = 16; i-- > 0;) {
    name += fmt::format("{:x}.{:x}.", address.bytes[i] & 0xfU, address.bytes[i] >> 4U);
  }
  return name + "ip6.arpa";
}

}  // namespace mxray
