// SPDX-License-Identifier: Apache-2.0
#include "cli/incident_query.h"

#include <algorithm>

namespace mxray::cli {

Query incident_query(const Filter& filter, std::uint64_t since_ns) {
  Query query;
  if (since_ns > 0) query.emplace_back("since_ns", std::to_string(since_ns));
  for (const std::string& kind : filter.wanted(Field::kKind).names) {
    query.emplace_back("kind", kind);
  }
  const std::vector<Network> servers = filter.wanted(Field::kServer).networks;
  if (std::all_of(servers.begin(), servers.end(), is_single_host)) {
    for (const Network& server : servers) {
      query.emplace_back("server", to_string(server.address));
    }
  }
  return query;
}

}  // namespace mxray::cli
