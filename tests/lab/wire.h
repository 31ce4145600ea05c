// SPDX-License-Identifier: Apache-2.0
// How do the laboratory's programs touch frames? Raw sockets on one interface,
// big-endian fields, and the internet checksum (RFC 1071).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"

namespace mxray::lab {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kIpv4Header = 20;
inline constexpr std::size_t kIpv6Header = 40;
inline constexpr std::size_t kTcpHeader = 20;
inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;
// Larger than any frame of an interface whose offloads are off.
inline constexpr std::size_t kLargestFrame = 65536;

/// Big-endian fields; the caller has checked the length.
std::uint16_t load16(View bytes, std::size_t at);
std::uint32_t load32(View bytes, std::size_t at);
void store16(Bytes& bytes, std::size_t at, std::uint16_t value);
void store32(Bytes& bytes, std::size_t at, std::uint32_t value);

/// One's complement sum, to be continued over several pieces of even length.
std::uint32_t checksum_add(std::uint32_t sum, View bytes);
std::uint16_t checksum_finish(std::uint32_t sum);

/// A non-blocking socket that gets every frame the interface receives (not
/// those it sends) and can send any. Throws std::system_error.
Fd open_packet_socket(const std::string& interface);

/// The next waiting frame, nothing if none waits. Throws std::system_error.
std::optional<Bytes> receive_frame(const Fd& socket);

/// Sends the frame; false when the interface could not take it.
bool send_frame(const Fd& socket, View frame);

/// Seconds of the clock that only moves forward.
double monotonic_seconds();

}  // namespace mxray::lab
