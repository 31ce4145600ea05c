// SPDX-License-Identifier: Apache-2.0
// What is said of a forged reset to the engineer on call?
#pragma once

#include <cstddef>
#include <cstdint>

#include "analysis/incident.h"
#include "analysis/suspicion.h"

namespace mxray {

/// What the resets in the name of one end show together.
struct Resets {
  std::uint32_t signals = 0;
  bool constant_window = false;
  std::size_t count = 0;
};

/// Writes summary and remedy from what the incident's other fields say.
void write_forged_reset(const Suspicion& reset, const Resets& all, Incident& incident);

}  // namespace mxray
