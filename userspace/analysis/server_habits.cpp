// SPDX-License-Identifier: Apache-2.0
#include "analysis/server_habits.h"

#include <algorithm>
#include <cstdlib>

#include "analysis/traits.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxForeignResets = 8;

core::flow_key server_key(const core::flow_key& flow) {
  core::flow_key key = flow;
  key.client = {};
  key.client_port = 0;
  return key;
}

}  // namespace

void UsualTtls::learn(std::uint8_t ttl) {
  const auto end = ttls_.begin() + static_cast<std::ptrdiff_t>(count_);
  if (ttl == 0 || too_many_ || std::find(ttls_.begin(), end, ttl) != end) return;
  if (count_ == kMost) {
    too_many_ = true;
  } else {
    ttls_.at(count_++) = ttl;
  }
}

std::optional<int> UsualTtls::nearest(std::uint8_t ttl) const {
  if (count_ == 0 || too_many_) return std::nullopt;
  const auto farther = [ttl](std::uint8_t a, std::uint8_t b) {
    return std::abs(a - ttl) < std::abs(b - ttl);
  };
  return *std::min_element(ttls_.begin(), ttls_.begin() + static_cast<std::ptrdiff_t>(count_),
                           farther);
}

void ServerTable::learn(const core::record_flow& closed) {
  const core::baseline& seen = closed.server;
  if (seen.data_segments == 0 && seen.ack_ttl == 0) return;
  ServerHabits& habits = touch(closed.header.flow).habits;
  const bool is_first = habits.connections == 0;
  ++habits.connections;
  const auto learn_df = [&habits, is_first](unsigned traits, bool first_of_flow) {
    if (is_first && first_of_flow) {
      habits.dont_fragment = has_dont_fragment(traits);
    } else if (habits.dont_fragment != has_dont_fragment(traits)) {
      habits.dont_fragment.reset();  // for good: it varies
    }
  };
  if (seen.ack_ttl != 0) {
    habits.data.learn(seen.ack_ttl);
    learn_df(seen.ack_traits, true);
  }
  if (seen.data_segments > 0) {
    habits.data.learn(seen.data_ttl);
    learn_df(seen.data_traits, seen.ack_ttl == 0);
  }
  if (closed.close_reason == core::CLOSE_RESET_BY_SERVER) habits.resets.learn(seen.reset_ttl);
}

void ServerTable::learn_timestamps(const core::record_flow& closed) {
  const core::handshake& handshake = closed.handshake;
  if ((handshake.client_options & handshake.server_options & core::OPTION_TIMESTAMPS) == 0) return;
  const bool bare = (closed.server_signals & core::SIGNAL_NO_TIMESTAMPS) != 0;
  ServerHabits& habits = touch(closed.header.flow).habits;
  if (!bare && closed.server.data_segments > 0) habits.has_timestamps = true;
  // Not one segment with them among several: no forger has the last word.
  constexpr std::uint32_t kSeveral = 4;
  const bool only_bare = bare && (closed.server.data_options & core::OPTION_TIMESTAMPS) == 0 &&
                         closed.server_packets >= kSeveral;
  if (only_bare) habits.lacks_timestamps = true;
}

ServerHabits ServerTable::habits_of(const core::flow_key& flow) const {
  const auto found = by_key_.find(server_key(flow));
  return found == by_key_.end() ? ServerHabits{} : found->second->habits;
}

std::vector<core::flow_key> ServerTable::note_foreign_reset(const ForeignReset& reset) {
  std::vector<ForeignReset>& known = touch(reset.flow).foreign_resets;
  std::vector<core::flow_key> alike;
  for (const ForeignReset& other : known) {
    if (!(other.flow == reset.flow) && other.ttl != reset.ttl &&
        other.window - other.ttl == reset.window - reset.ttl) {
      alike.push_back(other.flow);
    }
  }
  const bool is_known = std::any_of(known.begin(), known.end(), [&reset](const ForeignReset& a) {
    return a.flow == reset.flow && a.ttl == reset.ttl && a.window == reset.window;
  });
  if (!is_known) {
    if (known.size() >= kMaxForeignResets) known.erase(known.begin());
    known.push_back(reset);
  }
  return alike;
}

ServerTable::Server& ServerTable::touch(const core::flow_key& flow) {
  const core::flow_key key = server_key(flow);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    servers_.splice(servers_.begin(), servers_, found->second);
    return servers_.front();
  }
  if (servers_.size() >= max_servers_ && !servers_.empty()) {
    by_key_.erase(servers_.back().key);
    servers_.pop_back();
  }
  servers_.push_front(Server{.key = key});
  by_key_[key] = servers_.begin();
  return servers_.front();
}

}  // namespace mxray
