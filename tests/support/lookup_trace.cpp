// SPDX-License-Identifier: Apache-2.0
#include "support/lookup_trace.h"

#include <algorithm>

#include "support/conversation.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr MacAddress kServerMac = {2, 0, 0, 0, 0, 2};
constexpr MacAddress kResolverMac = {2, 0, 0, 0, 0, 3};
constexpr std::string_view kName4 = "10.2.0.192.in-addr.arpa";
// RFC 4291 of 2001:db8::10, nibble by nibble (RFC 3596, 2.5).
constexpr std::string_view kName6 =
    "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";

Bytes frame_of(DnsMessage message, const LookupCase& lookup_case) {
  const bool asks = message == DnsMessage::kQuestion;
  Packet packet = asks ? wrapped_packet(lookup_case.wrapping, kServerMac, kResolverMac)
                       : wrapped_packet(lookup_case.wrapping, kResolverMac, kServerMac);
  const char* server = lookup_case.ipv6 ? "2001:db8:25::25" : "203.0.113.25";
  const char* resolver = lookup_case.ipv6 ? "2001:db8::53" : "10.0.0.53";
  if (lookup_case.ipv6) {
    packet.ipv6(asks ? server : resolver, asks ? resolver : server);
  } else {
    packet.ipv4(asks ? server : resolver, asks ? resolver : server);
  }
  return packet.udp(asks ? 33333 : 53, asks ? 53 : 33333)
      .payload(dns_message(message, lookup_case.ipv6 ? kName6 : kName4, kPtr))
      .build();
}

}  // namespace

Bytes dns_message(DnsMessage message, std::string_view name, std::uint16_t type) {
  const bool asks = message == DnsMessage::kQuestion;
  Bytes bytes = {0x12,
                 0x34,
                 static_cast<std::uint8_t>(asks ? 0x01 : 0x81),
                 static_cast<std::uint8_t>(asks ? 0x00 : 0x83),
                 0,
                 1,
                 0,
                 0,
                 0,
                 0,
                 0,
                 0};
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes.push_back(static_cast<std::uint8_t>(label.size()));
    bytes.insert(bytes.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  bytes.insert(bytes.end(), {0, static_cast<std::uint8_t>(type >> 8),
                             static_cast<std::uint8_t>(type & 0xff), 0, 1});
  return bytes;
}

std::vector<TimedPacket> lookup_trace(const LookupCase& lookup_case) {
  Conversation session(25);
  session.wrapped(lookup_case.wrapping);
  if (lookup_case.ipv6) session.ipv6();
  session.handshake();
  const std::uint64_t stood_ns = session.now_ns();
  session.wait(15 * kSecond).server("220 mx ready\r\n");
  std::vector<TimedPacket> packets = session.packets();
  for (const std::uint64_t seconds : {0U, 5U, 10U}) {
    packets.push_back(
        {stood_ns + 1'000'000 + seconds * kSecond, frame_of(DnsMessage::kQuestion, lookup_case)});
  }
  if (lookup_case.answered) {
    packets.push_back({stood_ns + 12 * kSecond, frame_of(DnsMessage::kAnswer, lookup_case)});
  }
  std::stable_sort(packets.begin(), packets.end(), [](const TimedPacket& a, const TimedPacket& b) {
    return a.time_ns < b.time_ns;
  });
  return packets;
}

}  // namespace mxray::test
