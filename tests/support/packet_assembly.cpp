// SPDX-License-Identifier: Apache-2.0
// How does a described packet become bytes, with lengths and checksums?
#include <netinet/in.h>

#include <stdexcept>
#include <string>

#include "support/packet_builder.h"

namespace mxray::test {
namespace {

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeIpv6 = 0x86dd;
constexpr std::uint16_t kTypePppoeSession = 0x8864;

/// RFC 1071, over the concatenation of both parts (the first of even length).
std::uint16_t internet_checksum(const Bytes& first, const Bytes& second = {}) {
  std::uint32_t sum = 0;
  for (const Bytes* part : {&first, &second}) {
    for (std::size_t i = 0; i < part->size(); i += 2) {
      const std::uint32_t low = i + 1 < part->size() ? (*part)[i + 1] : 0;
      sum += (static_cast<std::uint32_t>((*part)[i]) << 8) + low;
    }
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Bytes padded_to_words(Bytes bytes, std::size_t limit, const char* what) {
  while (bytes.size() % 4 != 0) bytes.push_back(0);
  if (bytes.size() > limit) throw std::invalid_argument(std::string("too long: ") + what);
  return bytes;
}

std::uint16_t length16(std::size_t bytes) {
  if (bytes > 0xffff) throw std::invalid_argument("a packet holds at most 65,535 bytes");
  return static_cast<std::uint16_t>(bytes);
}

}  // namespace

std::uint8_t Packet::transport_protocol() const {
  switch (transport_) {
    case Transport::kTcp: return IPPROTO_TCP;
    case Transport::kUdp: return IPPROTO_UDP;
    case Transport::kUnreachable:
      if (ip_version_ == 6) return IPPROTO_ICMPV6;
      return IPPROTO_ICMP;
    case Transport::kRaw: return raw_protocol_;
    case Transport::kNone: break;
  }
  return IPPROTO_NONE;
}

std::uint16_t Packet::transport_checksum(const Bytes& transport) const {
  if (transport_ == Transport::kUnreachable && ip_version_ != 6) {
    return internet_checksum(transport);
  }
  Bytes pseudo_header = source_;
  append_bytes(pseudo_header, destination_);
  append_number(pseudo_header, transport.size(), 4);
  append_number(pseudo_header, transport_protocol(), 4);
  return internet_checksum(pseudo_header, transport);
}

Bytes Packet::tcp_header() const {
  const Bytes options = padded_to_words(tcp_options_, 40, "TCP options");
  const std::size_t words = claimed_tcp_header_words_.value_or((20 + options.size()) / 4);
  Bytes header;
  append_number(header, source_port_, 2);
  append_number(header, destination_port_, 2);
  append_number(header, seq_, 4);
  append_number(header, ack_, 4);
  append_number(header, words << 4, 1);
  append_number(header, tcp_flags_, 1);
  append_number(header, window_, 2);
  append_number(header, 0, 4);  // checksum, no urgent pointer
  append_bytes(header, options);
  return header;
}

Bytes Packet::transport_bytes() const {
  if (later_fragment_) return payload_;
  Bytes bytes;
  std::size_t checksum_offset = 0;
  switch (transport_) {
    case Transport::kNone:
    case Transport::kRaw: return payload_;
    case Transport::kTcp:
      bytes = tcp_header();
      checksum_offset = 16;
      break;
    case Transport::kUdp:
      append_number(bytes, source_port_, 2);
      append_number(bytes, destination_port_, 2);
      append_number(bytes, length16(8 + payload_.size()), 2);
      append_number(bytes, 0, 2);
      checksum_offset = 6;
      break;
    case Transport::kUnreachable:
      append_number(bytes, ip_version_ == 6 ? 1 : 3, 1);
      append_number(bytes, icmp_code_, 1);
      append_number(bytes, 0, 6);
      checksum_offset = 2;
      break;
  }
  append_bytes(bytes, payload_);
  store16(bytes, checksum_offset, transport_checksum(bytes));
  return bytes;
}

Bytes Packet::ipv4_bytes(const Bytes& transport) const {
  const Bytes options = padded_to_words(ip_options_, 40, "IPv4 options");
  const std::size_t header_size = 20 + options.size();
  const std::size_t version = claimed_ip_version_.value_or(4);
  const std::size_t words = claimed_ip_header_words_.value_or(header_size / 4);
  Bytes bytes;
  append_number(bytes, version << 4 | words, 1);
  append_number(bytes, 0, 1);  // type of service
  append_number(bytes, claimed_ip_length_.value_or(length16(header_size + transport.size())), 2);
  append_number(bytes, ip_id_, 2);
  append_number(bytes, fragment_bits_, 2);
  append_number(bytes, ttl_, 1);
  append_number(bytes, transport_protocol(), 1);
  append_number(bytes, 0, 2);
  append_bytes(bytes, source_);
  append_bytes(bytes, destination_);
  append_bytes(bytes, options);
  store16(bytes, 10, internet_checksum(bytes));
  append_bytes(bytes, transport);
  return bytes;
}

Bytes Packet::ipv6_bytes(const Bytes& transport) const {
  Bytes content;
  std::uint8_t next =
      extension_headers_.empty() ? transport_protocol() : extension_headers_[0].type;
  const std::uint8_t first = next;
  for (std::size_t i = 0; i < extension_headers_.size(); ++i) {
    const bool last = i + 1 == extension_headers_.size();
    next = last ? transport_protocol() : extension_headers_[i + 1].type;
    Bytes header = extension_headers_[i].bytes;
    header[0] = next;
    append_bytes(content, header);
  }
  append_bytes(content, transport);

  Bytes bytes;
  append_number(bytes, static_cast<std::uint64_t>(claimed_ip_version_.value_or(6)) << 28, 4);
  append_number(bytes, claimed_ip_length_.value_or(length16(content.size())), 2);
  append_number(bytes, first, 1);
  append_number(bytes, ttl_, 1);
  append_bytes(bytes, source_);
  append_bytes(bytes, destination_);
  append_bytes(bytes, content);
  return bytes;
}

Bytes Packet::link_bytes(std::uint16_t content_type) const {
  Bytes bytes;
  if (!ethernet_) {
    if (!link_headers_.empty()) throw std::invalid_argument("a tag needs an Ethernet header");
    return bytes;
  }
  append_bytes(bytes, ethernet_->second);
  append_bytes(bytes, ethernet_->first);
  for (std::size_t i = 0; i < link_headers_.size(); ++i) {
    append_number(bytes, link_headers_[i].type, 2);
    append_bytes(bytes, link_headers_[i].bytes);
    if (link_headers_[i].type != kTypePppoeSession) continue;
    if (i + 1 != link_headers_.size()) throw std::invalid_argument("nothing nests in PPPoE but IP");
    append_number(bytes, 0, 2);  // PPPoE length, set in build()
    append_number(bytes, content_type == kTypeIpv6 ? 0x0057 : 0x0021, 2);
    return bytes;
  }
  append_number(bytes, content_type, 2);
  return bytes;
}

Bytes Packet::build() const {
  const std::uint16_t type = ip_version_ == 6 ? kTypeIpv6 : kTypeIpv4;
  Bytes content = payload_;
  if (ip_version_ == 4) content = ipv4_bytes(transport_bytes());
  if (ip_version_ == 6) content = ipv6_bytes(transport_bytes());

  Bytes frame = link_bytes(ether_type_.value_or(type));
  if (!link_headers_.empty() && link_headers_.back().type == kTypePppoeSession) {
    store16(frame, frame.size() - 4, length16(content.size() + 2));  // counts the PPP protocol
  }
  append_bytes(frame, content);
  if (frame.size() < minimum_size_) frame.resize(minimum_size_);
  if (truncated_size_ && *truncated_size_ < frame.size()) frame.resize(*truncated_size_);
  return frame;
}

}  // namespace mxray::test
