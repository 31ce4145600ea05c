// SPDX-License-Identifier: Apache-2.0
// How does an address of a record become text, and back?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "record.h"

namespace mxray {

/// An address and a TCP port. Compares and hashes as a value.
struct Endpoint {
  core::address address{};
  std::uint16_t port = 0;
};
bool operator==(const Endpoint& a, const Endpoint& b);

/// The two ends of a flow.
inline Endpoint client_endpoint(const core::flow_key& flow) {
  return {flow.client, flow.client_port};
}
inline Endpoint server_endpoint(const core::flow_key& flow) {
  return {flow.server, flow.server_port};
}

bool is_ipv4(const core::address& address);

/// `192.0.2.1`, or RFC 5952 text for IPv6.
std::string to_string(const core::address& address);

/// `192.0.2.1:25` or `[2001:db8::1]:25`.
std::string to_string(const Endpoint& endpoint);

/// Where the DNS keeps the address's name: `1.2.0.192.in-addr.arpa` (RFC 1035, 3.5),
/// `...ip6.arpa` (RFC 3596, 2.5).
std::string reverse_name(const core::address& address);

/// nullopt unless `text` is an IPv4 or IPv6 address without brackets.
std::optional<core::address> parse_address(std::string_view text);

}  // namespace mxray

namespace mxray::core {
inline bool operator==(const address& a, const address& b) {
  return __builtin_memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}
inline bool operator==(const flow_key& a, const flow_key& b) {
  return __builtin_memcmp(&a, &b, sizeof a) == 0;
}
}  // namespace mxray::core

template <>
struct std::hash<mxray::core::address> {
  std::size_t operator()(const mxray::core::address& address) const noexcept {
    return std::hash<std::string_view>{}(
        std::string_view(reinterpret_cast<const char*>(address.bytes), sizeof address.bytes));
  }
};

/// flow_key has no padding, so its bytes are its value.
template <>
struct std::hash<mxray::core::flow_key> {
  std::size_t operator()(const mxray::core::flow_key& key) const noexcept {
    return std::hash<std::string_view>{}(
        std::string_view(reinterpret_cast<const char*>(&key), sizeof key));
  }
};
