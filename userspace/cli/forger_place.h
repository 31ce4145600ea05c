// SPDX-License-Identifier: Apache-2.0
// Where does an incident's forger sit, by a path from a file or from the daemon?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "analysis/incident.h"
#include "base/result.h"
#include "cli/daemon_client.h"
#include "path/placement.h"

namespace mxray::cli {

/// The text of a path: a pasted traceroute, or the line of `mxray trace --json`;
/// `-` is standard input. Fails beyond kMostTracerouteBytes (path/traceroute.h).
Result<std::string> read_path_text(const std::string& file);

/// Reads either form. `server` is where a traceroute without a header leads. Fails
/// if the path leads to another address.
Result<Path> path_to_server(std::string_view text, const Endpoint& server);

/// The daemon's latest path to `server`; nullopt if it has none, or gives none.
std::optional<Path> latest_path(const DaemonClient& daemon, const Endpoint& server);

/// By the numbers of the incident's forgery; nothing where it has none, or where it
/// speaks in the client's name.
Placement place(const Incident& incident, const Path& path);

/// The placement, and the path's age if that is more than a day from the incident;
/// without a path how to get one.
std::string where(const Incident& incident, const std::optional<Path>& path);

}  // namespace mxray::cli
