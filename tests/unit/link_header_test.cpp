// SPDX-License-Identifier: Apache-2.0
// Does a packet of every link type reach the core as the same IP packet?
#include "replay/link_header.h"

#include <gmock/gmock.h>

#include "replay/capture_file.h"
#include "support/capture_writer.h"
#include "support/packet_builder.h"
#include "support/random_packets.h"

namespace mxray {
namespace {

using test::append_bytes;
using test::append_number;
using test::ByteOrder;
using test::Bytes;
using test::Packet;

const Bytes& ipv4_packet() {
  static const Bytes packet = Packet().ipv4("192.0.2.1", "203.0.113.25").tcp(40000, 25).build();
  return packet;
}

const Bytes& ipv6_packet() {
  static const Bytes packet = Packet().ipv6("2001:db8::1", "2001:db8::25").tcp(40000, 25).build();
  return packet;
}

Bytes joined(Bytes header, const Bytes& packet) {
  append_bytes(header, packet);
  return header;
}

/// Linux cooked capture, version 1: the protocol is last.
Bytes cooked(std::uint16_t ether_type, const Bytes& packet) {
  Bytes header = {0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0};
  append_number(header, ether_type, 2);
  return joined(header, packet);
}

/// Version 2: the protocol is first.
Bytes cooked2(std::uint16_t ether_type, const Bytes& packet) {
  Bytes header;
  append_number(header, ether_type, 2);
  append_bytes(header, Bytes{0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0});
  return joined(header, packet);
}

Bytes address_family(std::uint32_t family, ByteOrder order, const Bytes& packet) {
  Bytes header;
  append_number(header, family, 4, order);
  return joined(header, packet);
}

struct LinkCase {
  const char* name;
  std::uint32_t link_type;
  Bytes frame;
  std::uint16_t ether_type;
  LinkLayer link = LinkLayer::kRaw;
};

std::vector<LinkCase> link_cases() {
  const test::MacAddress one = {2, 0, 0, 0, 0, 1};
  const test::MacAddress two = {2, 0, 0, 0, 0, 2};
  const Packet tagged = Packet().ethernet(one, two).service_vlan(7).vlan(42).pppoe_session(9);
  const Bytes tag = {0, 42, 0x08, 0x00};
  return {
      {"Ethernet", 1,
       Packet().ethernet(one, two).ipv4("192.0.2.1", "203.0.113.25").tcp(40000, 25).build(), 0x0800,
       LinkLayer::kEthernet},
      {"QinQ and PPPoE", 1,
       Packet(tagged).ipv6("2001:db8::1", "2001:db8::25").tcp(40000, 25).build(), 0x86dd,
       LinkLayer::kEthernet},
      {"cooked", 113, cooked(0x0800, ipv4_packet()), 0x0800},
      {"cooked, IPv6", 113, cooked(0x86dd, ipv6_packet()), 0x86dd},
      {"cooked with a VLAN tag", 113, cooked(0x8100, joined(tag, ipv4_packet())), 0x0800},
      {"cooked v2", 276, cooked2(0x0800, ipv4_packet()), 0x0800},
      {"cooked v2, IPv6", 276, cooked2(0x86dd, ipv6_packet()), 0x86dd},
      {"raw IP 12", 12, ipv4_packet(), 0x0800},
      {"raw IP 14", 14, ipv6_packet(), 0x86dd},
      {"raw IP 101", 101, ipv4_packet(), 0x0800},
      {"raw IP 101, IPv6", 101, ipv6_packet(), 0x86dd},
      {"IPv4", 228, ipv4_packet(), 0x0800},
      {"IPv6", 229, ipv6_packet(), 0x86dd},
      {"null, little-endian", 0, address_family(2, ByteOrder::kLittle, ipv4_packet()), 0x0800},
      {"null, big-endian", 0, address_family(2, ByteOrder::kBig, ipv4_packet()), 0x0800},
      {"null, IPv6 of FreeBSD", 0, address_family(28, ByteOrder::kLittle, ipv6_packet()), 0x86dd},
      {"null, IPv6 of macOS", 0, address_family(30, ByteOrder::kBig, ipv6_packet()), 0x86dd},
      {"loopback", 108, address_family(24, ByteOrder::kBig, ipv6_packet()), 0x86dd},
  };
}

TEST(LinkHeader, EveryLinkTypeLeadsToTheSameIpPacket) {
  const test::TemporaryDirectory directory;
  for (const LinkCase& link : link_cases()) {
    SCOPED_TRACE(link.name);
    test::PcapFormat format;
    format.link_type = link.link_type;
    auto file =
        CaptureFile::open(directory.write("link.pcap", test::pcap_file({{1, link.frame}}, format)));
    ASSERT_TRUE(file) << file.error().message;
    const auto next = file->next();
    ASSERT_TRUE(next && *next);
    const CapturedPacket& packet = **next;
    const Bytes& expected = link.ether_type == 0x0800 ? ipv4_packet() : ipv6_packet();
    EXPECT_EQ(packet.ether_type, link.ether_type);
    EXPECT_EQ(packet.link, link.link);
    EXPECT_EQ(Bytes(packet.network_bytes().begin(), packet.network_bytes().end()), expected);
    const Bytes& frame = link.link == LinkLayer::kEthernet ? link.frame : expected;
    EXPECT_EQ(Bytes(packet.frame().begin(), packet.frame().end()), frame);
    EXPECT_EQ(packet.frame_length(), frame.size());
  }
}

TEST(LinkHeader, FramesThatAreNotIpGiveTheCoreNothing) {
  const Bytes spanning_tree = {0x42, 0x42, 0x03, 0, 0, 0, 0, 0};  // its first half-byte is a 4
  for (const Bytes& frame : {cooked(0x0004, spanning_tree), cooked(0x0806, Bytes(28))}) {
    const NetworkHeader header = find_network_header(113, frame);
    CapturedPacket packet;
    packet.bytes = frame;
    packet.wire_length = static_cast<std::uint32_t>(frame.size());
    packet.link = LinkLayer::kRaw;
    packet.network_offset = header.offset;
    packet.ether_type = header.ether_type;
    EXPECT_FALSE(packet.is_ip());
    EXPECT_TRUE(packet.frame().empty());
    EXPECT_EQ(packet.frame_length(), 0U);
  }
}

TEST(LinkHeader, FrameShorterThanItsHeadersHasNoNetworkHeader) {
  for (const LinkCase& link : link_cases()) {
    if (link.link_type == 101) continue;  // libpcap's number for it is 12
    const std::size_t headers =
        find_network_header(static_cast<int>(link.link_type), link.frame).offset;
    for (std::size_t length = 0; length < headers; ++length) {
      const NetworkHeader header = find_network_header(static_cast<int>(link.link_type),
                                                       std::span(link.frame).first(length));
      EXPECT_EQ(header.offset, length) << link.name;
      EXPECT_EQ(header.ether_type, 0) << link.name;
    }
  }
}

TEST(LinkHeader, NeverPointsBehindTheFrame) {
  test::RandomPackets packets(20060926);
  for (int i = 0; i < 20'000; ++i) {
    const Bytes frame = packets.next().frame;
    for (const int link_type : {0, 1, 12, 14, 108, 113, 228, 229, 276}) {
      ASSERT_LE(find_network_header(link_type, frame).offset, frame.size()) << link_type;
    }
  }
}

}  // namespace
}  // namespace mxray
