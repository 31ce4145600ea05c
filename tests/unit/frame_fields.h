// SPDX-License-Identifier: Apache-2.0
// What is in an Ethernet/IPv4/TCP frame, read without mxray's own parser?
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "support/bytes.h"

namespace mxray::test {

/// Reads header fields at the offsets of the RFCs. at() throws on short frames.
class FrameFields {
 public:
  /// `ip`: offset of an IPv4 header, 14 behind plain Ethernet.
  explicit FrameFields(const Bytes& frame, std::size_t ip = 14) : frame_(frame), ip_(ip) {}

  [[nodiscard]] std::uint8_t byte(std::size_t offset) const { return frame_.at(offset); }
  [[nodiscard]] std::uint16_t number16(std::size_t offset) const {
    return static_cast<std::uint16_t>(byte(offset) << 8 | byte(offset + 1));
  }
  [[nodiscard]] std::uint32_t number32(std::size_t offset) const {
    return static_cast<std::uint32_t>(number16(offset)) << 16 | number16(offset + 2);
  }

  [[nodiscard]] std::uint16_t total_length() const { return number16(ip_ + 2); }
  [[nodiscard]] std::uint16_t ip_id() const { return number16(ip_ + 4); }
  [[nodiscard]] bool dont_fragment() const { return (byte(ip_ + 6) & 0x40) != 0; }
  [[nodiscard]] std::uint8_t ttl() const { return byte(ip_ + 8); }
  [[nodiscard]] std::uint32_t source() const { return number32(ip_ + 12); }
  [[nodiscard]] std::uint32_t destination() const { return number32(ip_ + 16); }

  [[nodiscard]] std::size_t tcp() const { return ip_ + 4U * (byte(ip_) & 0x0fU); }
  [[nodiscard]] std::uint16_t source_port() const { return number16(tcp()); }
  [[nodiscard]] std::uint16_t destination_port() const { return number16(tcp() + 2); }
  [[nodiscard]] std::uint32_t seq() const { return number32(tcp() + 4); }
  [[nodiscard]] std::uint32_t ack() const { return number32(tcp() + 8); }
  [[nodiscard]] std::size_t tcp_header_length() const { return 4U * (byte(tcp() + 12) >> 4); }
  [[nodiscard]] std::uint8_t flags() const { return byte(tcp() + 13); }
  [[nodiscard]] std::uint16_t window() const { return number16(tcp() + 14); }
  [[nodiscard]] Bytes options() const { return slice(tcp() + 20, tcp() + tcp_header_length()); }
  [[nodiscard]] std::string payload() const {
    const Bytes bytes = slice(tcp() + tcp_header_length(), ip_ + total_length());
    return {bytes.begin(), bytes.end()};
  }

 private:
  [[nodiscard]] Bytes slice(std::size_t from, std::size_t to) const {
    Bytes bytes;
    for (std::size_t i = from; i < to; ++i) bytes.push_back(byte(i));
    return bytes;
  }

  const Bytes& frame_;
  std::size_t ip_;
};

}  // namespace mxray::test
