// SPDX-License-Identifier: Apache-2.0
// How does a path look as JSON, and how is it read back?
//
//   {"schema_version": 1, "server": {"ip": .., "port": ..}, "time": .., "server_distance": 15,
//    "hops": [{"distance": 1, "addresses": ["192.0.2.1"], "rtt_ms": 0.612, "probes": 3,
//              "answers": 3}, ...]}
//
// `mxray trace --json` prints it, the daemon's `/v1/paths` takes and gives it,
// the store keeps it; docs/incident.schema.json has its schema.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "path/path.h"

namespace mxray {

/// One object on one line, without the line end.
std::string to_json_line(const Path& path);

/// Fails with the name of the first field that is wrong.
Result<Path> path_from_json(std::string_view text);

}  // namespace mxray
