// SPDX-License-Identifier: Apache-2.0
// Which incidents do capture files hold?
//
// Files → packets → core → records → analysis, in one call and one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/analyzer.h"
#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "base/kernel_stats.h"
#include "base/port_table.h"
#include "base/result.h"

namespace mxray {

struct ReplayOptions {
  PortTable ports = default_ports();
  AnalyzerSettings analyzer;  // interface_name is set by the replay
};

struct ReplayResult {
  std::vector<Incident> incidents;  // each as it was last amended, by time
  Totals totals;
  KernelStats stats;
  std::vector<FlowView> flows;  // as they were at the last packet
  /// By protocol; unlike those of `totals` with connections that had not ended.
  std::array<SignalRates, core::PROTOCOL_COUNT> signal_rates{};
  std::uint64_t packets = 0;
  std::uint64_t first_packet_ns = 0;  // wall clock; 0: there was none
  std::uint64_t last_packet_ns = 0;
  std::optional<Error> error;  // a file that cannot be read, or not to its end
};

/// Takes each file as one interface, named by the file's base name, and merges
/// several by time. Equal files give equal results. What a broken file held
/// before it broke off is in the result.
ReplayResult replay(const std::vector<std::string>& files, const ReplayOptions& options);

}  // namespace mxray
