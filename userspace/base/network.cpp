// SPDX-License-Identifier: Apache-2.0
#include "base/network.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/number.h"

namespace mxray {
namespace {

constexpr int kBits = 128, kMappedBits = 96;  // an IPv4 address is the last 32 of 128

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

bool is_single_host(const Network& network) { return bits_of(network) == kBits; }

bool contains(const Network& network, const core::address& address) {
  if (is_ipv4(network.address) != is_ipv4(address)) return false;
  return masked(address, bits_of(network)) == network.address;
}

std::string to_string(const Network& network) {
  return fmt::format("{}/{}", to_string(network.address), network.prefix_length);
}

std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const Network host = network_around(*address, kBits);
  if (slash == text.size()) return host;
  const auto length = parse_number<unsigned>(text.substr(slash + 1));
  if (!length || *length > static_cast<unsigned>(host.prefix_length)) return std::nullopt;
  return network_around(*address, static_cast<int>(*length));
}

bool is_private(const core::address& address) {
  const std::uint8_t* bytes = address.bytes;
  if (!is_ipv4(address)) {
    const bool unique_local = (bytes[0] & 0xfe) == 0xfc;
    const bool link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
    return unique_local || link_local || parse_address("::1") == address;
  }
  const std::uint8_t a = bytes[12], b = bytes[13];
  return a == 10 || a == 127 || (a == 172 && (b & 0xf0) == 16) || (a == 192 && b == 168) ||
         (a == 169 && b == 254) || (a == 100 && (b & 0xc0) == 64);
}

}  // namespace mxray
