// SPDX-License-Identifier: Apache-2.0
// How does a page leave the company without its inside addresses?
//
// The finished page is searched, not the data it is made of: so no text, table or
// picture can be forgotten, whoever adds one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/network.h"

namespace mxray {

class Inside {
 public:
  /// Private addresses are inside (is_private of base/network.h), those of `networks`, and
  /// `clients`, which mxray saw inside.
  Inside(std::vector<Network> networks, std::vector<core::address> clients);
  [[nodiscard]] bool contains(const core::address& address) const;
  [[nodiscard]] bool is_client(const core::address& address) const;

 private:
  std::vector<Network> networks_;
  std::vector<core::address> clients_;
};

/// `page` with every inside address, however it is written, by a name: `client-1` if
/// it is a client, `network-1` before a prefix length, else `host-1`. Numbered as they
/// come; one address has one name in the whole page.
std::string anonymized(std::string_view page, const Inside& inside);

}  // namespace mxray
