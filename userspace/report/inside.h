// SPDX-License-Identifier: Apache-2.0
// Which addresses must not leave the company?
#pragma once

#include <optional>
#include <vector>

#include "base/address.h"
#include "base/network.h"

namespace mxray {

/// The IPv4 address that an IPv6 one carries: NAT64 (RFC 6052, also with a prefix of the
/// site's own if its last 96 bits but 32 are zero), 6to4 (RFC 3056), Teredo (RFC 4380, the
/// client's), ISATAP (RFC 5214), IPv4-compatible (RFC 4291).
std::optional<core::address> carried_ipv4(const core::address& address);

class Inside {
 public:
  /// Private addresses are inside (is_private of base/network.h), those of `networks`, and
  /// `clients`, which mxray saw inside.
  Inside(std::vector<Network> networks, std::vector<core::address> clients);
  /// Also if only the address that it carries is inside.
  [[nodiscard]] bool contains(const core::address& address) const;
  [[nodiscard]] bool is_client(const core::address& address) const;

 private:
  [[nodiscard]] bool is_inside(const core::address& address) const;

  std::vector<Network> networks_;
  std::vector<core::address> clients_;
};

}  // namespace mxray
