// SPDX-License-Identifier: Apache-2.0
// Which connections does the daemon keep of a time, page by page?
#pragma once

#include <cstddef>
#include <functional>
#include <limits>

#include "analysis/snapshot.h"
#include "cli/daemon_client.h"

namespace mxray::cli {

/// Gets a connection, and the line in which the daemon told of it.
using SessionVisitor = std::function<void(const FlowView& session, std::string_view line)>;

/// Asks /v1/sessions with `query` until there are no more, at most `most_pages` times, and
/// shows each connection once, though the daemon may tell of it as one of now and as one
/// that has ended. The last answer, whose `next` is empty if that was all; or what is wrong.
Answer visit_sessions(const DaemonClient& daemon, const Query& query, const SessionVisitor& visitor,
                      std::size_t most_pages = std::numeric_limits<std::size_t>::max());

/// The same for both ends of a connection and when it was opened.
std::string key_of(const FlowView& session);

}  // namespace mxray::cli
