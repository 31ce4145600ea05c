// SPDX-License-Identifier: Apache-2.0
// What is said of a server that sees one address for all clients?
#pragma once

#include <string>

#include "analysis/incident.h"
#include "analysis/nat_cases.h"
#include "analysis/nat_rules.h"

namespace mxray {

struct MaskedStory {
  const MaskedCase& known;
  Endpoint original;
  Endpoint inner;
  core::address mask{};          // what the server sees
  bool mask_is_local = false;    // it is known to be this gateway's
  bool guessed_network = false;  // rule.inside is not the gateway's own account
  UnmaskRule rule{};
};

void write_source_masked(const MaskedStory& story, Incident& incident);

}  // namespace mxray
