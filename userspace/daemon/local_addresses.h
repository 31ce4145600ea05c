// SPDX-License-Identifier: Apache-2.0
// Does an address belong to this machine?
#pragma once

#include <string>
#include <unordered_set>

#include "base/address.h"

namespace mxray {

/// A copy of the machine's addresses; they come and go, so refresh now and then.
class LocalAddresses {
 public:
  /// Reads them anew; keeps the old ones if that fails.
  void refresh();

  [[nodiscard]] bool contains(const core::address& address) const;

 private:
  std::unordered_set<std::string> addresses_;  // their 16 bytes
};

}  // namespace mxray
