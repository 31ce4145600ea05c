// SPDX-License-Identifier: Apache-2.0
#include "top/observed.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/time.h"

namespace mxray::top {
namespace {

constexpr std::size_t kMostRates = 64;

double seconds_between(const Instant& from, const Instant& to) {
  return to.steady_ns > from.steady_ns ? static_cast<double>(to.steady_ns - from.steady_ns) / 1e9
                                       : 0;
}

void note_rates(Observed& observed, const DaemonStatus& status, Instant now) {
  const double seconds = seconds_between(observed.as_of, now);
  const bool is_same_run =
      observed.answered && status.uptime_seconds >= observed.status.uptime_seconds;
  if (!is_same_run || seconds <= 0) return;
  const auto& before = observed.status.totals.flows_opened;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::uint64_t opened = status.totals.flows_opened[i];
    observed.opened_rate[i] =
        opened > before[i] ? static_cast<double>(opened - before[i]) / seconds : 0;
  }
  observed.opened_rates.push_back(
      std::accumulate(observed.opened_rate.begin(), observed.opened_rate.end(), 0.0));
  if (observed.opened_rates.size() > kMostRates) observed.opened_rates.pop_front();
}

bool is_later(const Incident& a, const Incident& b) {
  return a.time_ns != b.time_ns ? a.time_ns > b.time_ns : a.id > b.id;
}

void note_incident(std::deque<Incident>& incidents, Incident incident) {
  const auto same = std::find_if(incidents.begin(), incidents.end(),
                                 [&](const Incident& known) { return known.id == incident.id; });
  if (same != incidents.end()) incidents.erase(same);
  const auto place = std::upper_bound(incidents.begin(), incidents.end(), incident, is_later);
  incidents.insert(place, std::move(incident));
  if (incidents.size() > kMostIncidents) incidents.pop_back();
}

}  // namespace

Instant instant_now() { return {.wall_ns = wall_clock_ns(), .steady_ns = monotonic_ns()}; }

void Observed::take(Answers answers, Instant now) {
  note_rates(*this, answers.status, now);
  for (const auto* flows : {&answers.waiting, &answers.others}) {
    for (const FlowView& flow : *flows) servers.note(flow);
  }
  for (Incident& incident : answers.incidents) note_incident(incidents, std::move(incident));
  status = std::move(answers.status);
  waiting = std::move(answers.waiting);
  answered = true;
  as_of = now;
  silent_since.reset();
  problem.clear();
}

void Observed::miss(std::string why, Instant asked) {
  if (!silent_since) silent_since = asked;
  problem = std::move(why);
}

double seconds_since(const Observed& observed, const std::optional<Instant>& paused_since,
                     Instant now) {
  for (const auto& stop : {observed.silent_since, paused_since}) {
    if (stop && stop->steady_ns < now.steady_ns) now = *stop;
  }
  return seconds_between(observed.as_of, now);
}

}  // namespace mxray::top
