// SPDX-License-Identifier: Apache-2.0
// How do `incidents --group` and `replay --group` show waves instead of incidents?
#pragma once

#include <string>
#include <vector>

#include "analysis/incident.h"
#include "base/network.h"
#include "cli/output.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mxray::cli {

struct Grouping {
  bool on = false;
  std::string gap = "1h";
};

/// Adds --group and --gap, which needs it; returns --group.
CLI::Option* add_grouping(CLI::App& app, Grouping& grouping);

/// Which waves go out, and how.
struct WaveView {
  bool json = false;
  /// Only waves that hit a server in one of them; empty: all. Such a wave is shown with all
  /// it hit: of one server alone it could not be told what it depends on.
  std::vector<Network> servers{};
};

/// The waves among `incidents`, the one that ended last at the end; false if
/// there was none to show.
bool show_waves(const std::vector<Incident>& incidents, const Grouping& grouping,
                const WaveView& view, const Output& output);

}  // namespace mxray::cli
