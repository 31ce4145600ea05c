// SPDX-License-Identifier: Apache-2.0
// Which way do packets take to the mail port of a server?
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "path/path.h"
#include "trace/prober.h"
#include "trace/schedule.h"

namespace mxray::trace {

struct TraceSettings {
  ProberSettings target{};
  ScheduleSettings schedule{};
};

/// Probes to another port of the server went on past the hop at which the mail
/// port was answered: somebody there answers in the server's name.
struct Interception {
  std::uint16_t compared_port = 0;
  int farther_hop = 0;  // the farthest from which the other port's probes were answered
};

struct TraceResult {
  Path path{};
  bool open = false;                           // a SYN-ACK came; else a RST, if reached
  std::optional<Obstacle> obstacle{};          // who refused to pass probes on
  std::optional<Interception> interception{};  // looked for only where the server answers
  bool interrupted = false;
};

struct TraceObserver {
  std::function<void(const core::address& source)> on_start;
  /// Each hop in order, as soon as nothing more is expected of it.
  std::function<void(const Hop&)> on_hop;
};

/// Traces until the server answers, somebody refuses, or `max_hops` are
/// through. SIGINT and SIGTERM end it early with what is known by then. Needs
/// CAP_NET_RAW; see check_permission().
Result<TraceResult> trace(const TraceSettings& settings, const TraceObserver& observer);

}  // namespace mxray::trace
