// SPDX-License-Identifier: Apache-2.0
// How do numbers and text become the bytes of a packet or a file?
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace mxray::test {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

enum class ByteOrder { kBig, kLittle };

/// Appends the lowest `width` bytes of `value`.
inline void append_number(Bytes& to, std::uint64_t value, std::size_t width,
                          ByteOrder order = ByteOrder::kBig) {
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t byte = order == ByteOrder::kBig ? width - 1 - i : i;
    to.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
  }
}

inline void append_bytes(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

inline void append_text(Bytes& to, std::string_view text) {
  for (const char character : text) to.push_back(static_cast<std::uint8_t>(character));
}

/// Overwrites two bytes at `offset`, in network byte order.
inline void store16(Bytes& bytes, std::size_t offset, std::uint16_t value) {
  bytes.at(offset) = static_cast<std::uint8_t>(value >> 8);
  bytes.at(offset + 1) = static_cast<std::uint8_t>(value);
}

}  // namespace mxray::test
