// SPDX-License-Identifier: Apache-2.0
#include "replay/link_header.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mxray {
namespace {

// https://www.tcpdump.org/linktypes.html
enum LinkType {
  kNull = 0,
  kEthernet = 1,
  kRawIp = 12,  // also what libpcap makes of LINKTYPE_RAW, 101
  kRawIpOfOpenBsd = 14,
  kLoopback = 108,
  kCooked = 113,
  kIpv4 = 228,
  kIpv6 = 229,
  kCookedVersion2 = 276,
};
constexpr std::array kSupported = {kNull,   kEthernet, kRawIp, kRawIpOfOpenBsd, kLoopback,
                                   kCooked, kIpv4,     kIpv6,  kCookedVersion2};

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;
constexpr std::uint16_t kTypeVlan = 0x8100;
constexpr std::uint16_t kTypeServiceVlan = 0x88a8;
constexpr std::uint16_t kTypePppoeSession = 0x8864;
constexpr std::uint16_t kPppIpv4 = 0x0021;
constexpr std::uint16_t kPppIpv6 = 0x0057;

using Frame = std::span<const std::uint8_t>;

std::uint16_t number16(Frame frame, std::size_t offset) {
  return static_cast<std::uint16_t>(frame[offset] << 8 | frame[offset + 1]);
}

NetworkHeader nothing(Frame frame) { return {static_cast<std::uint32_t>(frame.size()), 0}; }

NetworkHeader at(std::size_t offset, std::uint16_t ether_type) {
  return {static_cast<std::uint32_t>(offset), ether_type};
}

/// VLAN tags and a PPPoE session header, if `ether_type` announces any.
NetworkHeader behind_tags(Frame frame, std::size_t offset, std::uint16_t ether_type) {
  while (ether_type == kTypeVlan || ether_type == kTypeServiceVlan) {
    if (frame.size() < offset + 4) return nothing(frame);
    ether_type = number16(frame, offset + 2);
    offset += 4;
  }
  if (ether_type != kTypePppoeSession) return at(offset, ether_type);
  if (frame.size() < offset + 8) return nothing(frame);
  const std::uint16_t protocol = number16(frame, offset + 6);
  if (protocol == kPppIpv4) return at(offset + 8, kTypeIpv4);
  if (protocol == kPppIpv6) return at(offset + 8, kTypeIpv6);
  return at(offset, ether_type);  // PPP's own talk: no network header
}

NetworkHeader by_ip_version(Frame frame, std::size_t offset) {
  if (frame.size() <= offset) return nothing(frame);
  const unsigned version = frame[offset] >> 4U;
  if (version == 4) return at(offset, kTypeIpv4);
  if (version == 6) return at(offset, kTypeIpv6);
  return at(offset, 0);
}

/// Four bytes hold an address family, in the byte order and with the numbers
/// of whichever system captured: 2 is IPv4 everywhere, IPv6 is 10 on Linux and
/// 24, 28 or 30 on the BSDs. One of the four bytes is not zero, in either order.
NetworkHeader behind_address_family(Frame frame) {
  if (frame.size() < 4) return nothing(frame);
  const unsigned family = frame[0] != 0 ? frame[0] : frame[3];
  switch (family) {
    case 2: return at(4, kTypeIpv4);
    case 10:
    case 24:
    case 28:
    case 30: return at(4, kTypeIpv6);
    default: return at(4, 0);
  }
}

NetworkHeader behind_header(Frame frame, std::size_t type_offset, std::size_t header_length) {
  if (frame.size() < header_length) return nothing(frame);
  return behind_tags(frame, header_length, number16(frame, type_offset));
}

}  // namespace

bool is_supported_link_type(int link_type) {
  return std::find(kSupported.begin(), kSupported.end(), link_type) != kSupported.end();
}

LinkLayer link_layer_of(int link_type) {
  return link_type == kEthernet ? LinkLayer::kEthernet : LinkLayer::kRaw;
}

NetworkHeader find_network_header(int link_type, Frame frame) {
  switch (link_type) {
    case kEthernet: return behind_header(frame, 12, 14);
    case kCooked: return behind_header(frame, 14, 16);
    case kCookedVersion2: return behind_header(frame, 0, 20);
    case kNull:
    case kLoopback: return behind_address_family(frame);
    default: return by_ip_version(frame, 0);
  }
}

}  // namespace mxray
