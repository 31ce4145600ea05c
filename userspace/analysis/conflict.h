// SPDX-License-Identifier: Apache-2.0
// Two packets claim the same bytes of the stream: which of them is forged?
#pragma once

#include "analysis/suspicion.h"
#include "record.h"

namespace mxray {

struct Conflict {
  Suspicion forged;  // with what the other one gives away about it
  /// The later of the two; else the earlier one.
  bool is_current = true;
  /// A forger may speak twice: then neither is.
  bool other_is_genuine = true;
};

/// The one with more against it is forged, whichever came first. `current`: the
/// record's packet; `earlier`: what was held against the other one when it came,
/// nullptr if nothing was.
Conflict settle_conflict(const core::record_signal& record, Suspicion current,
                         const Suspicion* earlier);

}  // namespace mxray
