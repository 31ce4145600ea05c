// SPDX-License-Identifier: Apache-2.0
// Which incidents need the daemon not even send?
#pragma once

#include <cstdint>

#include "cli/daemon_client.h"
#include "cli/filter.h"

namespace mxray::cli {

/// The query of /v1/incidents for those since then (0: all): what the daemon can leave out
/// itself. The filter must still go over the answer.
Query incident_query(const Filter& filter, std::uint64_t since_ns);

}  // namespace mxray::cli
