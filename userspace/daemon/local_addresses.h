// SPDX-License-Identifier: Apache-2.0
// Does an address belong to this machine, or to a network it is on?
#pragma once

#include <optional>
#include <unordered_set>
#include <vector>

#include "base/address.h"
#include "base/network.h"

namespace mxray {

/// A copy of the machine's addresses; they come and go, so refresh now and then.
class LocalAddresses {
 public:
  /// Reads them anew; keeps the old ones if that fails.
  void refresh();

  [[nodiscard]] bool contains(const core::address& address) const;
  /// The smallest of the networks that the machine's interfaces are on.
  [[nodiscard]] std::optional<AttachedNetwork> network_of(const core::address& address) const;

 private:
  std::unordered_set<core::address> addresses_;
  std::vector<AttachedNetwork> networks_;
};

}  // namespace mxray
