// SPDX-License-Identifier: Apache-2.0
#include "analysis/ident_outcomes.h"

#include <algorithm>

namespace mxray {

void IdentOutcomes::note(const IdentQuery& query) {
  if (!query.outcome) return;
  HostPair hosts = hosts_asked_about(query.key);
  hosts.key.interface = 0;  // both legs show the query where no NAT lies between
  IdentView& view = pairs_.touch(hosts);
  view.server = query.key.client;
  view.asked = query.key.server;
  ++view.outcomes.at(static_cast<std::size_t>(*query.outcome));
  view.last_outcome = *query.outcome;
  view.last_ns = query.first_ns;
  const std::uint64_t until_ns = query.answer_ns != 0 ? query.answer_ns : query.last_ns;
  if (until_ns > query.first_ns) {
    view.longest_seconds =
        std::max(view.longest_seconds, static_cast<double>(until_ns - query.first_ns) / 1e9);
  }
}

std::vector<IdentView> IdentOutcomes::views() const {
  std::vector<IdentView> views;
  for (const auto& [hosts, view] : pairs_) views.push_back(view);
  return views;
}

}  // namespace mxray
