// SPDX-License-Identifier: Apache-2.0
// How are TCP segments taken from frames, and how is an answer to one written
// (RFC 9293, RFC 7323)?
#pragma once

#include "wire.h"

namespace mxray::lab {

inline constexpr std::uint8_t kFlagFin = 0x01, kFlagRst = 0x04, kFlagPsh = 0x08, kFlagAck = 0x10;

/// A TCP segment as seen on the wire. The views point into the frame.
struct Segment {
  View frame, network, tcp, payload;
  bool ipv6 = false;

  [[nodiscard]] std::uint16_t source_port() const { return load16(tcp, 0); }
  [[nodiscard]] std::uint16_t destination_port() const { return load16(tcp, 2); }
  [[nodiscard]] std::uint32_t seq() const { return load32(tcp, 4); }
  [[nodiscard]] std::uint32_t ack() const { return load32(tcp, 8); }
  [[nodiscard]] std::uint16_t window() const { return load16(tcp, 14); }
  /// The sequence number behind its data.
  [[nodiscard]] std::uint32_t next_seq() const {
    return seq() + static_cast<std::uint32_t>(payload.size());
  }
};

struct Timestamps {
  std::uint32_t value = 0, echo = 0;
};

/// What of an answer is its sender's handwriting.
struct Header {
  std::uint8_t ttl = 64;
  std::uint16_t ip_id = 64;  // of IPv4 only, as the next
  bool dont_fragment = false;
  std::uint16_t window = 0;
  std::optional<Timestamps> timestamps;
};

/// What an answer says, and where in the stream.
struct Content {
  std::uint8_t flags = kFlagAck;
  std::uint32_t seq = 0, ack = 0;
  std::string text;
};

/// Nothing if the frame holds no whole TCP segment over IPv4 or plain IPv6.
std::optional<Segment> parse_tcp(View frame);

std::optional<Timestamps> timestamps_of(const Segment& segment);

/// A frame back the way `seen` came, from its destination to its source.
Bytes answer(const Segment& seen, const Header& header, const Content& content);

}  // namespace mxray::lab
