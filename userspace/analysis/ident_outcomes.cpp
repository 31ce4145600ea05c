// SPDX-License-Identifier: Apache-2.0
#include "analysis/ident_outcomes.h"

#include <algorithm>

namespace mxray {
namespace {

constexpr std::size_t kMaxPairs = 1024;

}  // namespace

// Of both legs where no NAT lies between: interfaces do not count.
HostPair IdentOutcomes::key_of(const IdentView& view) {
  return {{.client = view.asked,
           .server = view.server,
           .client_port = 0,
           .server_port = 0,
           .interface = 0}};
}

void IdentOutcomes::note(const IdentQuery& query) {
  if (!query.outcome) return;
  IdentView view{.server = query.key.client, .asked = query.key.server};
  if (const auto known = by_hosts_.find(key_of(view)); known != by_hosts_.end()) {
    view = *known->second;
    pairs_.erase(known->second);
    by_hosts_.erase(known);
  } else if (pairs_.size() >= kMaxPairs) {
    by_hosts_.erase(key_of(pairs_.back()));
    pairs_.pop_back();
  }
  ++view.outcomes.at(static_cast<std::size_t>(*query.outcome));
  view.last_outcome = *query.outcome;
  view.last_ns = query.first_ns;
  const std::uint64_t until_ns = query.answer_ns != 0 ? query.answer_ns : query.last_ns;
  if (until_ns > query.first_ns) {
    view.longest_seconds =
        std::max(view.longest_seconds, static_cast<double>(until_ns - query.first_ns) / 1e9);
  }
  pairs_.push_front(view);
  by_hosts_[key_of(view)] = pairs_.begin();
}

std::vector<IdentView> IdentOutcomes::views() const { return {pairs_.begin(), pairs_.end()}; }

}  // namespace mxray
