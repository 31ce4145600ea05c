// SPDX-License-Identifier: Apache-2.0
// How does an incident read for the engineer on call?
//
// Headline, the packets around it, the reasons, the remedy, the place: in this
// order, because at 3 a.m. the first line must already tell what to do with the rest.
#pragma once

#include <string>

#include "analysis/incident.h"
#include "base/time.h"

namespace mxray {

struct ExplainOptions {
  bool colour = false;
  int width = 0;  // columns of the terminal; 0: no limit, nothing is wrapped
  /// Where the forger sits (path/placement.h), the last section; empty: none.
  std::string where{};
  Zone zone = Zone::kUtc;
};

/// The whole explanation, many lines, with the last line end.
std::string explain(const Incident& incident, ExplainOptions options = {});

/// `2026-09-26T14:44:53.103763Z certain forged_reply 0123456789ab summary`,
/// without the line end.
std::string one_line(const Incident& incident, Zone zone = Zone::kUtc);

}  // namespace mxray
