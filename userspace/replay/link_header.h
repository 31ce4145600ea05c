// SPDX-License-Identifier: Apache-2.0
// Where in a captured frame does the network header begin?
//
// A capture is Ethernet, or comes from an interface without Ethernet headers,
// or from Linux' "any" device with its cooked ones. The core knows only frames
// with an Ethernet header and frames that start at the IP header, so all other
// headers end here.
#pragma once

#include <cstdint>
#include <span>

namespace mxray {

/// What the core is fed: an Ethernet frame, or a packet from its IP header on.
enum class LinkLayer { kEthernet, kRaw };

struct NetworkHeader {
  std::uint32_t offset = 0;      // from the frame's first byte; behind VLAN tags and PPPoE too
  std::uint16_t ether_type = 0;  // 0x0800 IPv4, 0x86dd IPv6, others as they are; 0: unknown
};

/// Link types by their numbers, as `pcap_datalink` gives them on Linux:
/// Ethernet, null and loopback, raw IP, Linux cooked v1 and v2.
bool is_supported_link_type(int link_type);

LinkLayer link_layer_of(int link_type);

/// `link_type` is a supported one. A frame too short for its link header has
/// its network header at its end, with EtherType 0.
NetworkHeader find_network_header(int link_type, std::span<const std::uint8_t> frame);

}  // namespace mxray
