// SPDX-License-Identifier: Apache-2.0
// What is said of a failed hairpin, and which rule mends it?
#pragma once

#include <string>

#include "analysis/incident.h"
#include "analysis/nat_cases.h"
#include "analysis/nat_rules.h"

namespace mxray {

struct HairpinStory {
  const HairpinCase& known;
  Endpoint client;    // the latest that failed
  Endpoint original;  // what it asked for
  Endpoint inner;     // where that leads, or should
  std::string outside_interface{};
  bool guessed_network = false;  // rule.clients is not the gateway's own account
  HairpinRule rule{};
};

/// Summary and remedy; the first forward of `story.rule` may be another port's.
void write_hairpin_failure(const HairpinStory& story, Incident& incident);

}  // namespace mxray
