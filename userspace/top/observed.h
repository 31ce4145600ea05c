// SPDX-License-Identifier: Apache-2.0
// What is known of the daemon and its traffic, and as of when?
//
// Each round of answers replaces what is now and adds to what was: incidents, the
// trends of servers. When the daemon stops answering the last picture stays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "format/status_json.h"
#include "top/server_trends.h"

namespace mxray::top {

inline constexpr std::size_t kMostFlows = 200;      // asked for: waiting, and others
inline constexpr std::size_t kMostIncidents = 500;  // asked for, and kept

/// A moment on the clock that people read and on the one that never jumps.
struct Instant {
  std::uint64_t wall_ns = 0;
  std::uint64_t steady_ns = 0;
};

Instant instant_now();

/// What one round of questions brought.
struct Answers {
  DaemonStatus status;
  std::vector<FlowView> waiting;    // for a greeting, at most kMostFlows
  std::vector<FlowView> others;     // heard of latest, at most kMostFlows
  std::vector<Incident> incidents;  // new or amended since the round before
};

struct Observed {
  bool answered = false;                // ever; all below is empty until then
  Instant as_of;                        // of the latest answers
  std::optional<Instant> silent_since;  // the daemon does not answer what was asked then
  std::string problem;                  // why, one sentence
  DaemonStatus status;
  std::vector<FlowView> waiting;
  std::deque<Incident> incidents;  // the latest first, at most kMostIncidents
  ServerTrends servers;
  /// Connections opened a second since the round before, by protocol.
  std::array<double, core::PROTOCOL_COUNT> opened_rate{};
  std::deque<double> opened_rates;  // of all protocols, the oldest first

  /// A round of answers came.
  void take(Answers answers, Instant now);
  /// A round that was begun at `asked` failed; `why` is one sentence.
  void miss(std::string why, Instant asked);
};

/// Seconds by which a count has moved on since the latest answers: none while the
/// daemon is silent, for nobody knows, and none since `paused_since`.
double seconds_since(const Observed& observed, const std::optional<Instant>& paused_since,
                     Instant now);

}  // namespace mxray::top
