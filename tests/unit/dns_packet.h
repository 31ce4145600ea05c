// SPDX-License-Identifier: Apache-2.0
// How do the tests write a DNS message?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mxray::dns {

/// Labels with their lengths, uncompressed.
inline std::vector<std::uint8_t> wire_name(std::string_view name) {
  std::vector<std::uint8_t> bytes;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes.push_back(static_cast<std::uint8_t>(label.size()));
    bytes.insert(bytes.end(), label.begin(), label.end());
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  bytes.push_back(0);
  return bytes;
}

/// A response of a resolver (flags QR RD RA, code 0) to one question; record
/// types by their numbers.
class DnsPacket {
 public:
  DnsPacket(std::string_view name, std::uint16_t type) {
    for (const int number : {0, 0x8180, 1, 0, 0, 0}) put16(number);
    put(wire_name(name));
    put16(type);
    put16(1);
  }

  DnsPacket& flags(int value) {
    set16(2, value);
    return *this;
  }
  DnsPacket& code(int value) {
    bytes_[3] = static_cast<std::uint8_t>((bytes_[3] & 0xf0U) | static_cast<unsigned>(value));
    return *this;
  }
  DnsPacket& id(int value) {
    set16(0, value);
    return *this;
  }
  /// One more record in the answer section.
  DnsPacket& record(std::string_view name, std::uint16_t type,
                    const std::vector<std::uint8_t>& data) {
    ++bytes_[7];
    put(wire_name(name));
    for (const int number : {static_cast<int>(type), 1, 0, 60, static_cast<int>(data.size())}) {
      put16(number);
    }
    put(data);
    return *this;
  }

  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  void put(const std::vector<std::uint8_t>& more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }
  void put16(int value) {
    bytes_.push_back(static_cast<std::uint8_t>(value >> 8));
    bytes_.push_back(static_cast<std::uint8_t>(value));
  }
  void set16(std::size_t at, int value) {
    bytes_[at] = static_cast<std::uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<std::uint8_t>(value);
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace mxray::dns
