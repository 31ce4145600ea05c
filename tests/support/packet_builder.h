// SPDX-License-Identifier: Apache-2.0
// How does a test write a packet down so that a reader sees what is in it?
//
//   Packet().ethernet(a, b).ipv4("192.0.2.1", "203.0.113.25").ttl(49)
//           .tcp(25, 60661).seq(1).ack(1).flags(kAck | kPush).payload("220 hi\r\n").build()
//
// Lengths and checksums are right unless a test breaks them on purpose (the
// functions named claim_...). Without ethernet() the frame starts at the IP
// header, as on ppp0, tun and WireGuard. Bad arguments throw
// std::invalid_argument: a test with a typo shall not pass.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "support/bytes.h"

namespace mxray::test {

using MacAddress = std::array<std::uint8_t, 6>;

/// TCP flags as on the wire (RFC 9293, 3.1).
enum TcpFlag : std::uint8_t {
  kFin = 0x01,
  kSyn = 0x02,
  kReset = 0x04,
  kPush = 0x08,
  kAck = 0x10,
  kUrgent = 0x20,
};

class Packet {
 public:
  // Link layer, outermost first.
  Packet& ethernet(const MacAddress& source, const MacAddress& destination);
  /// One 802.1Q tag; call it again for a further, inner one.
  Packet& vlan(std::uint16_t id);
  /// An 802.1ad service tag (0x88a8), the outer one of QinQ.
  Packet& service_vlan(std::uint16_t id);
  /// PPPoE session header and PPP protocol (RFC 2516).
  Packet& pppoe_session(std::uint16_t session);
  /// EtherType of a frame that is not IP, with `payload` as its content.
  Packet& ether_type(std::uint16_t type);

  // Network layer.
  Packet& ipv4(std::string_view source, std::string_view destination);
  Packet& ipv6(std::string_view source, std::string_view destination);
  /// TTL, or hop limit of IPv6; 64 unless set.
  Packet& ttl(std::uint8_t value);
  Packet& ip_id(std::uint16_t value);
  Packet& dont_fragment(bool value = true);
  /// IPv4 options, zero-padded to a multiple of 4; at most 40 bytes.
  Packet& ip_options(const Bytes& options);
  /// Makes this a fragment: `offset` in bytes (a multiple of 8), `more` = MF.
  /// For IPv6 it appends a fragment header.
  Packet& fragment(std::uint16_t offset, bool more, std::uint32_t id = 0);
  /// IPv6 extension headers, in the order of the calls, 8 bytes each.
  Packet& hop_by_hop();
  Packet& routing();
  Packet& destination_options();

  // Transport layer.
  Packet& tcp(std::uint16_t source_port, std::uint16_t destination_port);
  Packet& seq(std::uint32_t value);
  Packet& ack(std::uint32_t value);
  /// Any of TcpFlag, or'ed.
  Packet& flags(unsigned value);
  Packet& window(std::uint16_t value);
  Packet& option_mss(std::uint16_t value);
  Packet& option_window_scale(std::uint8_t shift);
  Packet& option_sack_permitted();
  Packet& option_sack(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& blocks);
  Packet& option_timestamps(std::uint32_t value, std::uint32_t echo);
  Packet& option_nop();
  Packet& option_end();
  Packet& no_tcp_options() {
    tcp_options_.clear();
    return *this;
  }
  /// Raw option bytes, right or wrong.
  Packet& option_bytes(const Bytes& bytes);

  Packet& udp(std::uint16_t source_port, std::uint16_t destination_port);
  /// ICMP or ICMPv6 destination unreachable (types 3 and 1) about `packet`,
  /// which starts at its IP header.
  Packet& unreachable(std::uint8_t code, const Bytes& packet);
  /// No transport header of our own: `payload` follows the IP header.
  Packet& ip_protocol(std::uint8_t protocol);

  Packet& payload(std::string_view text);
  Packet& payload(const Bytes& bytes);

  // The frame as a whole.
  /// Trailing zeros up to `bytes`, as Ethernet pads short frames to 60.
  Packet& pad_to(std::size_t bytes);
  /// Cuts the frame, as a short snapshot length does; lengths stay as they were.
  Packet& truncate_to(std::size_t bytes);

  // Lies: the header claims what is not so. Checksums are made to fit.
  /// IPv4 total length, or IPv6 payload length.
  Packet& claim_ip_length(std::uint16_t bytes);
  /// IPv4 header length in 32-bit words (IHL).
  Packet& claim_ip_header_words(std::uint8_t words);
  Packet& claim_ip_version(std::uint8_t version);
  /// TCP header length in 32-bit words (data offset).
  Packet& claim_tcp_header_words(std::uint8_t words);

  [[nodiscard]] Bytes build() const;

 private:
  enum class Transport { kNone, kTcp, kUdp, kUnreachable, kRaw };
  struct LinkHeader {
    std::uint16_t type;  // EtherType that announces this header
    Bytes bytes;         // without the type of what follows
  };
  struct ExtensionHeader {
    std::uint8_t type;
    Bytes bytes;  // with a zero for the next header
  };

  [[nodiscard]] std::uint8_t transport_protocol() const;
  [[nodiscard]] Bytes transport_bytes() const;
  [[nodiscard]] Bytes tcp_header() const;
  [[nodiscard]] Bytes ipv4_bytes(const Bytes& transport) const;
  [[nodiscard]] Bytes ipv6_bytes(const Bytes& transport) const;
  [[nodiscard]] Bytes link_bytes(std::uint16_t content_type) const;
  [[nodiscard]] std::uint16_t transport_checksum(const Bytes& transport) const;

  std::optional<std::pair<MacAddress, MacAddress>> ethernet_;
  std::vector<LinkHeader> link_headers_;
  std::optional<std::uint16_t> ether_type_;

  std::uint8_t ip_version_ = 0;  // 0: no IP header
  Bytes source_;
  Bytes destination_;
  std::uint8_t ttl_ = 64;
  std::uint16_t ip_id_ = 0;
  std::uint16_t fragment_bits_ = 0;
  bool later_fragment_ = false;
  Bytes ip_options_;
  std::vector<ExtensionHeader> extension_headers_;

  Transport transport_ = Transport::kNone;
  std::uint8_t raw_protocol_ = 0;
  std::uint16_t source_port_ = 0;
  std::uint16_t destination_port_ = 0;
  std::uint32_t seq_ = 0;
  std::uint32_t ack_ = 0;
  std::uint8_t tcp_flags_ = 0;
  std::uint16_t window_ = 65535;
  Bytes tcp_options_;
  std::uint8_t icmp_code_ = 0;
  Bytes payload_;

  std::size_t minimum_size_ = 0;
  std::optional<std::size_t> truncated_size_;
  std::optional<std::uint16_t> claimed_ip_length_;
  std::optional<std::uint8_t> claimed_ip_header_words_;
  std::optional<std::uint8_t> claimed_ip_version_;
  std::optional<std::uint8_t> claimed_tcp_header_words_;
};

}  // namespace mxray::test
