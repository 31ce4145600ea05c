// SPDX-License-Identifier: Apache-2.0
#include "base/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace mxray {
namespace {

constexpr int kBits = 128, kMappedBits = 96;  // an IPv4 address is the last 32 of 128

struct PrivateRange {
  const char* text;
  int prefix_length;
};
constexpr std::array kPrivate = {
    PrivateRange{"10.0.0.0", 8},    PrivateRange{"172.16.0.0", 12}, PrivateRange{"192.168.0.0", 16},
    PrivateRange{"100.64.0.0", 10}, PrivateRange{"127.0.0.0", 8},   PrivateRange{"169.254.0.0", 16},
    PrivateRange{"fe80::", 10},     PrivateRange{"fc00::", 7},      PrivateRange{"::1", 128}};

int bits_of(const Network& network) {
  return is_ipv4(network.address) ? kMappedBits + network.prefix_length : network.prefix_length;
}

core::address masked(core::address address, int bits) {
  for (int i = 0; i < 16; ++i) {
    const int kept = std::clamp(bits - 8 * i, 0, 8);
    address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00U >> kept));
  }
  return address;
}

}  // namespace

Network network_around(const core::address& address, int prefix_length) {
  const int longest = is_ipv4(address) ? kBits - kMappedBits : kBits;
  Network network{address, std::clamp(prefix_length, 0, longest)};
  network.address = masked(address, bits_of(network));
  return network;
}

bool contains(const Network& network, const core::address& address) {
  if (is_ipv4(network.address) != is_ipv4(address)) return false;
  return masked(address, bits_of(network)) == network.address;
}

std::string to_string(const Network& network) {
  return fmt::format("{}/{}", to_string(network.address), network.prefix_length);
}

bool is_private(const core::address& address) {
  return std::any_of(kPrivate.begin(), kPrivate.end(), [&](const PrivateRange& range) {
    const auto start = parse_address(range.text);
    return start && contains({*start, range.prefix_length}, address);
  });
}

}  // namespace mxray
