// SPDX-License-Identifier: Apache-2.0
#include "analysis/waves.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace mxray {
namespace {

constexpr int kTtlSteps = 1;

using Text = std::optional<std::string>;

class Counter {
 public:
  void add(const Text& value) {
    if (value && !value->empty()) {
      ++counts_[*value];
    } else {
      ++unknown_;
    }
  }

  [[nodiscard]] Tally tally() const {
    Tally tally;
    for (const auto& [value, count] : counts_) tally.shares.push_back({value, count});
    std::stable_sort(tally.shares.begin(), tally.shares.end(),
                     [](const Share& a, const Share& b) { return a.count > b.count; });
    tally.unknown = unknown_;
    return tally;
  }

 private:
  std::map<std::string, std::size_t> counts_;
  std::size_t unknown_ = 0;
};

// A wave while it grows.
class Growing {
 public:
  Growing(const ForgerSignature& forger, std::uint64_t start_ns) {
    wave_.forger = forger;
    wave_.start_ns = start_ns;
  }

  [[nodiscard]] bool is_over(std::uint64_t now_ns, std::uint64_t gap_ns) const {
    return now_ns - wave_.end_ns > gap_ns;
  }

  // By how much `ttl` would widen the wave's range; nullopt: beyond one step.
  [[nodiscard]] std::optional<int> widening(std::optional<int> ttl) const {
    if (!ttl) return 0;  // by the key, then no TTL of this wave is known
    const int least = std::min(*wave_.forger.least_ttl, *ttl);
    const int most = std::max(*wave_.forger.most_ttl, *ttl);
    if (most - least > kTtlSteps) return std::nullopt;
    return (most - least) - (*wave_.forger.most_ttl - *wave_.forger.least_ttl);
  }

  void add(const Incident& incident, const Forgery& forgery, std::optional<int> ttl) {
    wave_.end_ns = incident.time_ns;
    if (ttl) {
      wave_.forger.least_ttl = std::min(*wave_.forger.least_ttl, *ttl);
      wave_.forger.most_ttl = std::max(*wave_.forger.most_ttl, *ttl);
    }
    if (wave_.count() == 0 || incident.score > best_score_) {
      wave_.clearest = incident.id;
      best_score_ = incident.score;
    }
    wave_.ids.push_back(incident.id);
    const bool is_reply = incident.kind == Kind::kForgedReply;
    ++(is_reply ? wave_.replies : wave_.resets);
    if (incident.confidence == Confidence::kCertain) ++wave_.certain;
    commands_.add(forgery.trigger_command);
    if (is_reply) texts_.add(forgery.forged_text);
    networks_.add(network_of(incident.server.address));
    servers_.add(to_string(incident.server.address));
    clients_.add(to_string(incident.inside_client.value_or(incident.client).address));
    protocols_.add(incident.protocol == core::PROTOCOL_NONE ? Text()
                                                            : Text(name_of(incident.protocol)));
  }

  [[nodiscard]] Wave finished() const {
    Wave wave = wave_;
    wave.commands = commands_.tally();
    wave.texts = texts_.tally();
    wave.networks = networks_.tally();
    wave.servers = servers_.tally();
    wave.clients = clients_.tally();
    wave.protocols = protocols_.tally();
    return wave;
  }

 private:
  Wave wave_;
  double best_score_ = 0;
  Counter commands_, texts_, networks_, servers_, clients_, protocols_;
};

// What must be equal within a wave; the TTL must only be near.
using Key = std::tuple<Text, Text, bool>;  // class, window rule, whether the TTL is known

// Waves of one key that may still grow, by their start.
using Open = std::vector<Growing>;

std::optional<int> ttl_that_counts_hops(const Forgery& forgery) {
  return forgery.forger_class == "simple" ? forgery.forged_ttl : std::nullopt;
}

// The wave that takes `ttl` in with the least widening, the oldest of equals.
Growing* find_wave(Open& open, std::optional<int> ttl) {
  Growing* found = nullptr;
  std::optional<int> least;
  for (Growing& wave : open) {
    const auto widening = wave.widening(ttl);
    if (!widening || (least && *widening >= *least)) continue;
    found = &wave;
    least = widening;
  }
  return found;
}

std::vector<const Incident*> forgeries_by_time(const std::vector<Incident>& incidents) {
  std::vector<const Incident*> forgeries;
  for (const Incident& incident : incidents) {
    if (is_forgery(incident.kind)) forgeries.push_back(&incident);
  }
  std::sort(forgeries.begin(), forgeries.end(), [](const Incident* a, const Incident* b) {
    return std::tie(a->time_ns, a->id) < std::tie(b->time_ns, b->id);
  });
  return forgeries;
}

void close_waves(Open& open, std::uint64_t now_ns, std::uint64_t gap_ns, std::vector<Wave>& waves) {
  std::erase_if(open, [&](const Growing& wave) {
    if (!wave.is_over(now_ns, gap_ns)) return false;
    waves.push_back(wave.finished());
    return true;
  });
}

}  // namespace

std::size_t Tally::known() const {
  return std::accumulate(shares.begin(), shares.end(), std::size_t{0},
                         [](std::size_t sum, const Share& share) { return sum + share.count; });
}

std::vector<Wave> group_into_waves(const std::vector<Incident>& incidents, std::uint64_t gap_ns) {
  std::vector<Wave> waves;
  std::map<Key, Open> open_by_key;
  for (const Incident* incident : forgeries_by_time(incidents)) {
    const Forgery forgery = incident->forgery.value_or(Forgery{});
    const auto ttl = ttl_that_counts_hops(forgery);
    Open& open = open_by_key[{forgery.forger_class, forgery.window_rule, ttl.has_value()}];
    close_waves(open, incident->time_ns, gap_ns, waves);
    Growing* wave = find_wave(open, ttl);
    if (wave == nullptr) {
      const ForgerSignature forger{forgery.forger_class, forgery.window_rule, ttl, ttl};
      wave = &open.emplace_back(forger, incident->time_ns);
    }
    wave->add(*incident, forgery, ttl);
  }
  for (const auto& [key, open] : open_by_key) {
    for (const Growing& wave : open) waves.push_back(wave.finished());
  }
  std::sort(waves.begin(), waves.end(), [](const Wave& a, const Wave& b) {
    return std::tie(a.end_ns, a.start_ns, a.clearest) < std::tie(b.end_ns, b.start_ns, b.clearest);
  });
  return waves;
}

std::string network_of(const core::address& address) {
  const bool ipv4 = is_ipv4(address);
  core::address network = address;
  std::fill(network.bytes + (ipv4 ? 15 : 6), std::end(network.bytes), std::uint8_t{0});
  return to_string(network) + (ipv4 ? "/24" : "/48");
}

}  // namespace mxray
