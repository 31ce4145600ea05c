// SPDX-License-Identifier: Apache-2.0
// What did the test say about its packet? packet_assembly.cpp makes it bytes.
#include "support/packet_builder.h"

#include <arpa/inet.h>

#include <stdexcept>
#include <string>

namespace mxray::test {
namespace {

constexpr std::uint16_t kTypeVlan = 0x8100;
constexpr std::uint16_t kTypeServiceVlan = 0x88a8;
constexpr std::uint16_t kTypePppoeSession = 0x8864;
constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;

Bytes parse_address(int family, std::string_view text) {
  Bytes bytes(family == AF_INET ? 4 : 16);
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) {
    throw std::invalid_argument("not an address of this family: " + std::string(text));
  }
  return bytes;
}

}  // namespace

Packet& Packet::ethernet(const MacAddress& source, const MacAddress& destination) {
  ethernet_ = {source, destination};
  return *this;
}

Packet& Packet::vlan(std::uint16_t id) {
  link_headers_.push_back({kTypeVlan, {}});
  append_number(link_headers_.back().bytes, id, 2);
  return *this;
}

Packet& Packet::service_vlan(std::uint16_t id) {
  link_headers_.push_back({kTypeServiceVlan, {}});
  append_number(link_headers_.back().bytes, id, 2);
  return *this;
}

Packet& Packet::pppoe_session(std::uint16_t session) {
  link_headers_.push_back({kTypePppoeSession, {0x11, 0x00}});  // version 1, type 1, session data
  append_number(link_headers_.back().bytes, session, 2);
  return *this;
}

Packet& Packet::ether_type(std::uint16_t type) {
  ether_type_ = type;
  return *this;
}

Packet& Packet::ipv4(std::string_view source, std::string_view destination) {
  ip_version_ = 4;
  source_ = parse_address(AF_INET, source);
  destination_ = parse_address(AF_INET, destination);
  return *this;
}

Packet& Packet::ipv6(std::string_view source, std::string_view destination) {
  ip_version_ = 6;
  source_ = parse_address(AF_INET6, source);
  destination_ = parse_address(AF_INET6, destination);
  return *this;
}

Packet& Packet::ttl(std::uint8_t value) {
  ttl_ = value;
  return *this;
}

Packet& Packet::ip_id(std::uint16_t value) {
  ip_id_ = value;
  return *this;
}

Packet& Packet::dont_fragment(bool value) {
  const unsigned rest = fragment_bits_ & ~static_cast<unsigned>(kDontFragment);
  fragment_bits_ = static_cast<std::uint16_t>(rest | (value ? kDontFragment : 0U));
  return *this;
}

Packet& Packet::ip_options(const Bytes& options) {
  ip_options_ = options;
  return *this;
}

Packet& Packet::fragment(std::uint16_t offset, bool more, std::uint32_t id) {
  if (offset % 8 != 0) throw std::invalid_argument("a fragment offset is a multiple of 8");
  later_fragment_ = offset != 0;
  if (ip_version_ == 6) {
    Bytes header = {0, 0};
    append_number(header, offset | (more ? 1U : 0U), 2);
    append_number(header, id, 4);
    extension_headers_.push_back({IPPROTO_FRAGMENT, header});
    return *this;
  }
  fragment_bits_ = static_cast<std::uint16_t>(offset / 8U | (more ? kMoreFragments : 0U));
  if (id != 0) ip_id_ = static_cast<std::uint16_t>(id);
  return *this;
}

Packet& Packet::hop_by_hop() {
  extension_headers_.push_back({IPPROTO_HOPOPTS, {0, 0, 1, 4, 0, 0, 0, 0}});  // PadN
  return *this;
}

Packet& Packet::routing() {
  // Type 0 with no segments left: the destination is the final one already.
  extension_headers_.push_back({IPPROTO_ROUTING, {0, 0, 0, 0, 0, 0, 0, 0}});
  return *this;
}

Packet& Packet::destination_options() {
  extension_headers_.push_back({IPPROTO_DSTOPTS, {0, 0, 1, 4, 0, 0, 0, 0}});  // PadN
  return *this;
}

Packet& Packet::tcp(std::uint16_t source_port, std::uint16_t destination_port) {
  transport_ = Transport::kTcp;
  source_port_ = source_port;
  destination_port_ = destination_port;
  return *this;
}

Packet& Packet::seq(std::uint32_t value) {
  seq_ = value;
  return *this;
}

Packet& Packet::ack(std::uint32_t value) {
  ack_ = value;
  return *this;
}

Packet& Packet::flags(unsigned value) {
  tcp_flags_ = static_cast<std::uint8_t>(value);
  return *this;
}

Packet& Packet::window(std::uint16_t value) {
  window_ = value;
  return *this;
}

Packet& Packet::option_mss(std::uint16_t value) {
  append_bytes(tcp_options_, Bytes{2, 4});
  append_number(tcp_options_, value, 2);
  return *this;
}

Packet& Packet::option_window_scale(std::uint8_t shift) { return option_bytes({3, 3, shift}); }

Packet& Packet::option_sack_permitted() { return option_bytes({4, 2}); }

Packet& Packet::option_sack(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& blocks) {
  append_bytes(tcp_options_, Bytes{5, static_cast<std::uint8_t>(2 + 8 * blocks.size())});
  for (const auto& [left, right] : blocks) {
    append_number(tcp_options_, left, 4);
    append_number(tcp_options_, right, 4);
  }
  return *this;
}

Packet& Packet::option_timestamps(std::uint32_t value, std::uint32_t echo) {
  append_bytes(tcp_options_, Bytes{8, 10});
  append_number(tcp_options_, value, 4);
  append_number(tcp_options_, echo, 4);
  return *this;
}

Packet& Packet::option_nop() { return option_bytes({1}); }

Packet& Packet::option_end() { return option_bytes({0}); }

Packet& Packet::option_bytes(const Bytes& bytes) {
  append_bytes(tcp_options_, bytes);
  return *this;
}

Packet& Packet::udp(std::uint16_t source_port, std::uint16_t destination_port) {
  transport_ = Transport::kUdp;
  source_port_ = source_port;
  destination_port_ = destination_port;
  return *this;
}

Packet& Packet::unreachable(std::uint8_t code, const Bytes& packet) {
  transport_ = Transport::kUnreachable;
  icmp_code_ = code;
  payload_ = packet;
  return *this;
}

Packet& Packet::ip_protocol(std::uint8_t protocol) {
  transport_ = Transport::kRaw;
  raw_protocol_ = protocol;
  return *this;
}

Packet& Packet::payload(std::string_view text) {
  payload_.clear();
  append_text(payload_, text);
  return *this;
}

Packet& Packet::payload(const Bytes& bytes) {
  payload_ = bytes;
  return *this;
}

Packet& Packet::pad_to(std::size_t bytes) {
  minimum_size_ = bytes;
  return *this;
}

Packet& Packet::truncate_to(std::size_t bytes) {
  truncated_size_ = bytes;
  return *this;
}

Packet& Packet::claim_ip_length(std::uint16_t bytes) {
  claimed_ip_length_ = bytes;
  return *this;
}

Packet& Packet::claim_ip_header_words(std::uint8_t words) {
  claimed_ip_header_words_ = words;
  return *this;
}

Packet& Packet::claim_ip_version(std::uint8_t version) {
  claimed_ip_version_ = version;
  return *this;
}

Packet& Packet::claim_tcp_header_words(std::uint8_t words) {
  claimed_tcp_header_words_ = words;
  return *this;
}

}  // namespace mxray::test
