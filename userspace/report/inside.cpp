// SPDX-License-Identifier: Apache-2.0
#include "report/inside.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mxray {
namespace {

core::address ipv4_of(const std::uint8_t* bytes, std::uint8_t mask = 0) {
  core::address address{};
  address.bytes[10] = address.bytes[11] = 0xff;
  for (int i = 0; i < 4; ++i) {
    address.bytes[12 + i] = static_cast<std::uint8_t>(bytes[i] ^ mask);
  }
  return address;
}

bool begins_with(const core::address& address, std::initializer_list<std::uint8_t> bytes) {
  return std::equal(bytes.begin(), bytes.end(), address.bytes);
}

// RFC 8215: NAT64 within a site; fec0::/10: the private addresses before RFC 4193.
bool is_site_local(const core::address& address) {
  return begins_with(address, {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}) ||
         (address.bytes[0] == 0xfe && (address.bytes[1] & 0xc0) == 0xc0);
}

}  // namespace

std::optional<core::address> carried_ipv4(const core::address& address) {
  if (is_ipv4(address)) return std::nullopt;
  const std::uint8_t* bytes = address.bytes;
  if (begins_with(address, {0x20, 0x02})) return ipv4_of(bytes + 2);
  if (begins_with(address, {0x20, 0x01, 0x00, 0x00})) return ipv4_of(bytes + 12, 0xff);
  const bool isatap =
      (bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == 0xfe;
  const bool last = std::all_of(bytes + 8, bytes + 12, [](std::uint8_t byte) { return byte == 0; });
  return isatap || last ? std::optional(ipv4_of(bytes + 12)) : std::nullopt;
}

Inside::Inside(std::vector<Network> networks, std::vector<core::address> clients)
    : networks_(std::move(networks)), clients_(std::move(clients)) {}

bool Inside::is_client(const core::address& address) const {
  return std::find(clients_.begin(), clients_.end(), address) != clients_.end();
}

bool Inside::is_inside(const core::address& address) const {
  return is_private(address) || is_site_local(address) || is_client(address) ||
         std::any_of(networks_.begin(), networks_.end(), [&address](const Network& network) {
           return mxray::contains(network, address);
         });
}

bool Inside::contains(const core::address& address) const {
  const auto carried = carried_ipv4(address);
  return is_inside(address) || (carried && is_inside(*carried));
}

}  // namespace mxray
