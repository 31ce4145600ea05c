// SPDX-License-Identifier: Apache-2.0
// What is said of a proxy on the way, and what to do about it?
#pragma once

#include "analysis/incident.h"

namespace mxray {

/// Summary and remedy, from the evidence. `at_server`: the server is ours.
void write_proxy(bool at_server, Incident& incident);

}  // namespace mxray
