// SPDX-License-Identifier: Apache-2.0
// What speaks for a failed hairpin, and how strongly?
#pragma once

#include <cstdint>

#include "analysis/context.h"

namespace mxray {

/// What is known of one attempt when it is judged.
struct HairpinScene {
  const Attempt& attempt;
  const PublishedService* service = nullptr;  // published to the outside; nullptr: not known to be
  const Attempt* translated = nullptr;        // its leg behind the translation

  /// Whether an outside client got through to the service so shortly before.
  [[nodiscard]] bool was_reached_within(std::uint64_t window_ns) const {
    return service != nullptr && service->last_reached_ns != 0 &&
           service->last_reached_ns + window_ns >= attempt.first_syn_ns;
  }
};

/// Evidence, score and confidence of the incident, written anew.
void weigh_hairpin_failure(const Context& context, const HairpinScene& scene,
                           const HairpinCase& known, Incident& incident);

}  // namespace mxray
