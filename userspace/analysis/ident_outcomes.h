// SPDX-License-Identifier: Apache-2.0
// Which server asks ident of which address, and what has become of it each time?
#pragma once

#include <vector>

#include "analysis/host_pair.h"
#include "analysis/ident_table.h"
#include "analysis/snapshot.h"
#include "base/bounded_map.h"

namespace mxray {

/// Bounded: the pair heard of longest ago is forgotten first.
class IdentOutcomes {
 public:
  /// Once for each query whose outcome has become known.
  void note(const IdentQuery& query);

  /// The latest first.
  [[nodiscard]] std::vector<IdentView> views() const;

 private:
  BoundedMap<HostPair, IdentView> pairs_{1024};
};

}  // namespace mxray
