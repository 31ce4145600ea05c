// SPDX-License-Identifier: Apache-2.0
#include "trace/packet.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mxray::trace {
namespace {

constexpr std::uint8_t kProtocolTcp = 6;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kQuotedTcp = 8;  // ports and sequence number
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kTcpChecksum = 16;
constexpr std::size_t kTcpFlags = 13;
constexpr std::size_t kMappedPrefix = 12;  // bytes before the IPv4 address in core::address

// MSS 1460, window scale 7, SACK permitted; NOPs in between.
constexpr std::array<std::uint8_t, 12> kOptions = {2, 4, 0x05, 0xb4, 1, 3, 3, 7, 1, 1, 4, 2};
constexpr std::uint16_t kWindow = 64240;

std::uint16_t number16(Bytes bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(bytes[offset] << 8U | bytes[offset + 1]);
}

std::uint32_t number32(Bytes bytes, std::size_t offset) {
  return static_cast<std::uint32_t>(number16(bytes, offset)) << 16U | number16(bytes, offset + 2);
}

void append16(std::vector<std::uint8_t>& to, std::uint32_t value) {
  to.push_back(static_cast<std::uint8_t>(value >> 8U));
  to.push_back(static_cast<std::uint8_t>(value));
}

void append32(std::vector<std::uint8_t>& to, std::uint32_t value) {
  append16(to, value >> 16U);
  append16(to, value);
}

// As the address is on the wire: 4 or 16 bytes.
Bytes wire_bytes(const core::address& address) {
  const Bytes all(address.bytes);
  return is_ipv4(address) ? all.subspan(kMappedPrefix) : all;
}

// RFC 1071, over the pseudo header and the segment. Of the pseudo headers of
// IPv4 and IPv6 only the addresses' size differs in the sum.
std::uint16_t checksum(const ProbeFlow& flow, Bytes segment) {
  std::uint32_t sum = kProtocolTcp + static_cast<std::uint32_t>(segment.size());
  const auto add = [&sum](Bytes bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += number16(bytes, i);
    if (bytes.size() % 2 == 1) sum += static_cast<std::uint32_t>(bytes.back()) << 8U;
  };
  add(wire_bytes(flow.source.address));
  add(wire_bytes(flow.server.address));
  add(segment);
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

bool equal(Bytes a, Bytes b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

// What an ICMP error quotes of a packet to the server: its transport header.
std::optional<Bytes> quoted_transport(Bytes quote, const core::address& server) {
  if (is_ipv4(server)) {
    const auto transport = ipv4_payload(quote);
    if (!transport || quote[9] != kProtocolTcp) return std::nullopt;
    if (!equal(quote.subspan(16, 4), wire_bytes(server))) return std::nullopt;
    return transport;
  }
  // Probes have no extension headers, so TCP follows at once.
  if (quote.size() < kIpv6Header || quote[0] >> 4U != 6 || quote[6] != kProtocolTcp ||
      !equal(quote.subspan(24, 16), wire_bytes(server))) {
    return std::nullopt;
  }
  return quote.subspan(kIpv6Header);
}

// The quote without extensions behind it, where the message says how long it
// is (RFC 4884: 32-bit words in IPv4, 64-bit words in IPv6; 0 if it does not say).
Bytes quote_of(Bytes message, bool ipv4) {
  const std::size_t claimed = ipv4 ? message[5] * std::size_t{4} : message[4] * std::size_t{8};
  const Bytes rest = message.subspan(kIcmpHeader);
  return claimed == 0 ? rest : rest.first(std::min(claimed, rest.size()));
}

std::optional<AnswerKind> kind_of(bool ipv4, std::uint8_t type, std::uint8_t code) {
  if (type == (ipv4 ? 11 : 3) && code == 0) return AnswerKind::kTimeExceeded;
  if (type == (ipv4 ? 3 : 1)) return AnswerKind::kUnreachable;
  return std::nullopt;
}

}  // namespace

std::vector<std::uint8_t> build_syn(const ProbeFlow& flow, std::uint32_t sequence) {
  std::vector<std::uint8_t> segment;
  segment.reserve(kTcpHeader + kOptions.size());
  append16(segment, flow.source.port);
  append16(segment, flow.server.port);
  append32(segment, sequence);
  append32(segment, 0);
  segment.push_back((kTcpHeader + kOptions.size()) / 4 << 4U);
  segment.push_back(core::TCP_FLAG_SYN);
  append16(segment, kWindow);
  append32(segment, 0);  // checksum, urgent pointer
  segment.insert(segment.end(), kOptions.begin(), kOptions.end());
  const std::uint16_t sum = checksum(flow, segment);
  segment[kTcpChecksum] = static_cast<std::uint8_t>(sum >> 8U);
  segment[kTcpChecksum + 1] = static_cast<std::uint8_t>(sum);
  return segment;
}

std::optional<Bytes> ipv4_payload(Bytes packet) {
  if (packet.size() < kIpv4Header || packet[0] >> 4U != 4) return std::nullopt;
  const std::size_t header = (packet[0] & 0x0fU) * std::size_t{4};
  const bool later_fragment = (number16(packet, 6) & 0x1fffU) != 0;
  if (header < kIpv4Header || header > packet.size() || later_fragment) return std::nullopt;
  return packet.subspan(header);
}

std::optional<Answer> read_icmp(Bytes message, const ProbeFlow& flow) {
  if (message.size() < kIcmpHeader) return std::nullopt;
  const bool ipv4 = is_ipv4(flow.server.address);
  const std::uint8_t code = message[1];
  const auto kind = kind_of(ipv4, message[0], code);
  if (!kind) return std::nullopt;
  const auto transport = quoted_transport(quote_of(message, ipv4), flow.server.address);
  if (!transport || transport->size() < kQuotedTcp) return std::nullopt;
  if (number16(*transport, 0) != flow.source.port || number16(*transport, 2) != flow.server.port) {
    return std::nullopt;
  }
  return Answer{*kind, number32(*transport, 4), code};
}

std::optional<Answer> read_tcp(Bytes segment, const ProbeFlow& flow) {
  if (segment.size() < kTcpHeader) return std::nullopt;
  if (number16(segment, 0) != flow.server.port || number16(segment, 2) != flow.source.port) {
    return std::nullopt;
  }
  const unsigned flags = segment[kTcpFlags];
  if ((flags & core::TCP_FLAG_ACK) == 0) return std::nullopt;
  const std::uint32_t sequence = number32(segment, 8) - 1;
  if ((flags & core::TCP_FLAG_RST) != 0) return Answer{AnswerKind::kReset, sequence, 0};
  if ((flags & core::TCP_FLAG_SYN) != 0) return Answer{AnswerKind::kSynAck, sequence, 0};
  return std::nullopt;
}

std::string_view unreachable_reason(bool ipv4, std::uint8_t icmp_code) {
  constexpr std::string_view kProhibited = "administratively prohibited";
  if (ipv4) {
    switch (icmp_code) {
      case 0:
      case 6:
      case 11: return "network unreachable";
      case 1:
      case 7:
      case 12: return "host unreachable";
      case 2: return "protocol unreachable";
      case 3: return "port unreachable";
      case 4: return "the packet is too big";
      case 5: return "source route failed";
      case 9:
      case 10:
      case 13: return kProhibited;
      default: return "unreachable";
    }
  }
  switch (icmp_code) {
    case 0: return "no route to the server";
    case 1: return kProhibited;
    case 2: return "beyond the scope of the source address";
    case 3: return "host unreachable";
    case 4: return "port unreachable";
    case 5: return "the source address is refused by policy";
    case 6: return "the route is rejected";
    default: return "unreachable";
  }
}

}  // namespace mxray::trace
