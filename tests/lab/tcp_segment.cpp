// SPDX-License-Identifier: Apache-2.0
#include "tcp_segment.h"

namespace mxray::lab {
namespace {

constexpr std::uint8_t kOptionEnd = 0, kOptionNop = 1, kOptionTimestamps = 8;
constexpr std::size_t kTimestampsLength = 10;

void append(Bytes& bytes, View more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

/// Ethernet and IP headers of an answer to `seen`, for `length` bytes of TCP.
Bytes answer_headers(const Segment& seen, const Header& header, std::size_t length) {
  Bytes frame;
  append(frame, seen.frame.subspan(6, 6));  // back to the one it came from
  append(frame, seen.frame.first(6));
  append(frame, seen.frame.subspan(12, 2));
  const std::size_t at = frame.size();
  if (seen.ipv6) {
    frame.resize(at + 8);
    frame[at] = 0x60;
    store16(frame, at + 4, static_cast<std::uint16_t>(length));
    frame[at + 6] = kProtocolTcp;
    frame[at + 7] = header.ttl;
    append(frame, seen.network.subspan(24, 16));
    append(frame, seen.network.subspan(8, 16));
    return frame;
  }
  frame.resize(at + 12);
  frame[at] = 0x45;
  store16(frame, at + 2, static_cast<std::uint16_t>(kIpv4Header + length));
  store16(frame, at + 4, header.ip_id);
  store16(frame, at + 6, header.dont_fragment ? 0x4000 : 0);
  frame[at + 8] = header.ttl;
  frame[at + 9] = kProtocolTcp;
  append(frame, seen.network.subspan(16, 4));
  append(frame, seen.network.subspan(12, 4));
  store16(frame, at + 10, checksum_finish(checksum_add(0, View(frame).subspan(at, kIpv4Header))));
  return frame;
}

}  // namespace

std::optional<Segment> parse_tcp(View frame) {
  Segment segment;
  segment.frame = frame;
  if (frame.size() < kEthernetHeader + kIpv4Header) return std::nullopt;
  const View packet = frame.subspan(kEthernetHeader);
  const std::uint16_t type = load16(frame, 12);
  std::size_t header = 0, total = 0;
  if (type == kEtherTypeIpv4) {
    header = static_cast<std::size_t>(packet[0] & 0xf) * 4;
    total = load16(packet, 2);
    if (header < kIpv4Header || packet[9] != kProtocolTcp || (load16(packet, 6) & 0x3fff) != 0)
      return std::nullopt;
  } else if (type == kEtherTypeIpv6 && packet.size() >= kIpv6Header) {
    header = kIpv6Header;
    total = kIpv6Header + load16(packet, 4);
    if (packet[6] != kProtocolTcp) return std::nullopt;
    segment.ipv6 = true;
  } else {
    return std::nullopt;
  }
  if (total > packet.size() || total < header + kTcpHeader) return std::nullopt;
  segment.network = packet.first(header);
  segment.tcp = packet.subspan(header, total - header);
  const std::size_t tcp_header = static_cast<std::size_t>(segment.tcp[12] >> 4) * 4;
  if (tcp_header < kTcpHeader || tcp_header > segment.tcp.size()) return std::nullopt;
  segment.payload = segment.tcp.subspan(tcp_header);
  return segment;
}

std::optional<Timestamps> timestamps_of(const Segment& segment) {
  const std::size_t end = segment.tcp.size() - segment.payload.size();
  std::size_t at = kTcpHeader;
  while (at < end && segment.tcp[at] != kOptionEnd) {
    if (segment.tcp[at] == kOptionNop) {
      ++at;
      continue;
    }
    if (at + 1 >= end || segment.tcp[at + 1] < 2) return std::nullopt;
    const std::size_t length = segment.tcp[at + 1];
    if (at + length > end) return std::nullopt;
    if (segment.tcp[at] == kOptionTimestamps && length == kTimestampsLength)
      return Timestamps{load32(segment.tcp, at + 2), load32(segment.tcp, at + 6)};
    at += length;
  }
  return std::nullopt;
}

Bytes answer(const Segment& seen, const Header& header, const Content& content) {
  // Two bytes that do nothing put the numbers on a multiple of four.
  const std::size_t options = header.timestamps ? 2 + kTimestampsLength : 0;
  const std::size_t length = kTcpHeader + options + content.text.size();
  Bytes frame = answer_headers(seen, header, length);
  const std::size_t at = frame.size();
  frame.resize(at + kTcpHeader + options);
  store16(frame, at, seen.destination_port());
  store16(frame, at + 2, seen.source_port());
  store32(frame, at + 4, content.seq);
  store32(frame, at + 8, content.ack);
  frame[at + 12] = static_cast<std::uint8_t>((kTcpHeader + options) / 4 << 4);
  frame[at + 13] = content.flags;
  store16(frame, at + 14, header.window);
  if (header.timestamps) {
    const std::size_t option = at + kTcpHeader;
    frame[option] = frame[option + 1] = kOptionNop;
    frame[option + 2] = kOptionTimestamps;
    frame[option + 3] = static_cast<std::uint8_t>(kTimestampsLength);
    store32(frame, option + 4, header.timestamps->value);
    store32(frame, option + 8, header.timestamps->echo);
  }
  frame.insert(frame.end(), content.text.begin(), content.text.end());

  const std::size_t address = seen.ipv6 ? 16 : 4;
  std::uint32_t sum = checksum_add(0, View(frame).subspan(at - 2 * address, 2 * address));
  sum += static_cast<std::uint32_t>(kProtocolTcp + length);
  sum = checksum_add(sum, View(frame).subspan(at));
  store16(frame, at + 16, checksum_finish(sum));
  return frame;
}

}  // namespace mxray::lab
