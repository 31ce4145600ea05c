// SPDX-License-Identifier: Apache-2.0
// Which recorded sessions does a client ask for?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "base/result.h"
#include "daemon/incident_query.h"
#include "store/store.h"

namespace mxray {

/// An empty list wants all.
struct SessionQuery {
  FlowFilter filter;
  std::vector<ServerPattern> servers;  // of the server's side, before NAT or after
  std::vector<ServerPattern> hosts;    // of either side

  /// Whether the flow opened in the range and has the hosts.
  [[nodiscard]] bool wants(const FlowView& flow) const;
};

/// Reads `since_ns` and `until_ns` (when a session opened; without them all times),
/// `server` and `host` (lists with commas), and `after`, the X-Mxray-Next of the page
/// before. An unknown key is an error: a misspelt filter must not return all.
Result<SessionQuery> parse_session_query(const std::map<std::string, std::string>& query);

/// The place as `after` takes it: `1159253183972578000.42`.
std::string to_string(const FlowPlace& place);

}  // namespace mxray
