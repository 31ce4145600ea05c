// SPDX-License-Identifier: Apache-2.0
#include "trace/schedule.h"

#include <algorithm>
#include <limits>

#include "base/time.h"

namespace mxray::trace {

Schedule::Schedule(const ScheduleSettings& settings)
    : settings_(settings),
      hops_(static_cast<std::size_t>(std::max(0, settings.max_hops - settings.first_distance + 1))),
      reported_(settings.first_distance - 1) {}

const Schedule::State& Schedule::at(int distance) const {
  return hops_[static_cast<std::size_t>(distance - settings_.first_distance)];
}

Schedule::State& Schedule::at(int distance) {
  return hops_[static_cast<std::size_t>(distance - settings_.first_distance)];
}

int Schedule::last_distance() const {
  if (server_distance_) return *server_distance_;
  const auto refused = obstacle();
  return refused ? refused->distance : settings_.max_hops;
}

std::optional<Obstacle> Schedule::obstacle() const {
  if (server_distance_ || !obstacle_) return std::nullopt;
  Obstacle refused = *obstacle_;
  if (refused.distance > settings_.first_distance) {
    const std::vector<Heard>& before = at(refused.distance - 1).heard;
    const bool known = std::any_of(before.begin(), before.end(),
                                   [&](const Heard& one) { return one.from == refused.from; });
    if (known) --refused.distance;
  }
  return refused;
}

bool Schedule::is_final(int distance, std::uint64_t now_ns) const {
  const State& state = at(distance);
  if (state.sent < settings_.probes) return false;
  return state.answers == state.sent || now_ns >= state.last_sent_ns + settings_.timeout_ns;
}

std::optional<int> Schedule::next_distance(std::uint64_t now_ns) const {
  // The window starts behind the farthest answer, or behind the hops that have
  // been given up: silent routers in between do not hold up the search.
  int known = reported_;
  for (int distance = reported_ + 1; distance <= last_distance(); ++distance) {
    const bool settled =
        at(distance).answers > 0 || (known == distance - 1 && is_final(distance, now_ns));
    if (settled) known = distance;
  }
  const int end = std::min(last_distance(), known + settings_.window);
  std::optional<int> best;
  for (int distance = reported_ + 1; distance <= end; ++distance) {
    const int sent = at(distance).sent;
    if (sent < settings_.probes && (!best || sent < at(*best).sent)) best = distance;
  }
  return best;
}

std::optional<Probe> Schedule::next(std::uint64_t now_ns) {
  if (!sent_.empty() && now_ns < sent_.back().time_ns + settings_.spacing_ns) return std::nullopt;
  const auto distance = next_distance(now_ns);
  if (!distance) return std::nullopt;
  State& state = at(*distance);
  ++state.sent;
  state.last_sent_ns = now_ns;
  sent_.push_back({*distance, now_ns, false});
  return Probe{*distance, static_cast<std::uint32_t>(sent_.size() - 1)};
}

void Schedule::take(std::uint32_t number, AnswerKind kind, std::uint8_t icmp_code,
                    const core::address& from, std::uint64_t received_ns) {
  if (number >= sent_.size() || sent_[number].answered) return;
  Sent& sent = sent_[number];
  if (sent.distance <= reported_) return;
  sent.answered = true;
  State& state = at(sent.distance);
  ++state.answers;
  const auto heard = std::find_if(state.heard.begin(), state.heard.end(),
                                  [&](const Heard& one) { return one.from == from; });
  if (heard != state.heard.end()) {
    ++heard->answers;
  } else {
    state.heard.push_back({from, 1});
  }
  const std::uint64_t rtt_ns = received_ns > sent.time_ns ? received_ns - sent.time_ns : 0;
  state.least_rtt_ns = std::min(state.least_rtt_ns.value_or(rtt_ns), rtt_ns);

  if (kind == AnswerKind::kSynAck || kind == AnswerKind::kReset) {
    open_ = open_ || kind == AnswerKind::kSynAck;
    server_distance_ = std::min(server_distance_.value_or(sent.distance), sent.distance);
  } else if (kind == AnswerKind::kUnreachable &&
             (!obstacle_ || sent.distance < obstacle_->distance)) {
    obstacle_ = Obstacle{sent.distance, from, icmp_code};
  }
}

Hop Schedule::hop(int distance) const {
  State state = at(distance);
  std::stable_sort(state.heard.begin(), state.heard.end(),
                   [](const Heard& a, const Heard& b) { return a.answers > b.answers; });
  Hop hop{.distance = distance, .probes = state.sent, .answers = state.answers};
  for (const Heard& one : state.heard) hop.addresses.push_back(one.from);
  if (state.least_rtt_ns) hop.rtt_ms = milliseconds(*state.least_rtt_ns);
  return hop;
}

std::optional<Hop> Schedule::next_final(std::uint64_t now_ns) {
  if (finished() || !is_final(reported_ + 1, now_ns)) return std::nullopt;
  ++reported_;
  return hop(reported_);
}

std::uint64_t Schedule::wake_at(std::uint64_t now_ns) const {
  // 0 for a schedule that has not begun, whose probe is due at once.
  if (next_distance(now_ns))
    return sent_.empty() ? now_ns : sent_.back().time_ns + settings_.spacing_ns;
  std::uint64_t earliest = std::numeric_limits<std::uint64_t>::max();
  for (int distance = reported_ + 1; distance <= last_distance(); ++distance) {
    const State& state = at(distance);
    if (state.sent > 0 && !is_final(distance, now_ns)) {
      earliest = std::min(earliest, state.last_sent_ns + settings_.timeout_ns);
    }
  }
  return std::max(earliest, now_ns);
}

std::vector<Hop> Schedule::unfinished() const {
  std::vector<Hop> hops;
  std::size_t answered = 0;
  for (int distance = reported_ + 1; distance <= last_distance(); ++distance) {
    hops.push_back(hop(distance));
    if (hops.back().answers > 0) answered = hops.size();
  }
  hops.resize(answered);
  return hops;
}

}  // namespace mxray::trace
