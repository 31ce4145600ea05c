// SPDX-License-Identifier: Apache-2.0
#include "cli/grouping.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "analysis/waves.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "format/wave_json.h"
#include "format/wave_text.h"

namespace mxray::cli {
namespace {

bool hit_one_of(const Wave& wave, const std::vector<Network>& servers) {
  if (servers.empty()) return true;
  return std::any_of(
      wave.servers.shares.begin(), wave.servers.shares.end(), [&servers](const Share& share) {
        const auto address = parse_address(share.value);
        return address && std::any_of(servers.begin(), servers.end(), [&](const Network& network) {
                 return contains(network, *address);
               });
      });
}

}  // namespace

CLI::Option* add_grouping(CLI::App& app, Grouping& grouping) {
  CLI::Option* group =
      app.add_flag("--group", grouping.on,
                   "forged replies and resets as waves, by forger and time: whom they hit");
  app.add_option("--gap", grouping.gap, "a pause that is longer ends a wave")
      ->type_name("DURATION")
      ->capture_default_str()
      ->needs(group)
      ->check(CLI::Validator(check_duration, ""));
  return group;
}

bool show_waves(const std::vector<Incident>& incidents, const Grouping& grouping,
                const WaveView& view, const Output& output) {
  const std::uint64_t gap_ns = parse_duration(grouping.gap).value_or(kDefaultGapNs);
  bool any = false;
  for (const Wave& wave : group_into_waves(incidents, gap_ns)) {
    if (!hit_one_of(wave, view.servers)) continue;
    if (view.json) {
      output.out << to_json_line(wave) << '\n';
    } else {
      output.out << (any ? "\n" : "") << describe(wave, output.width, output.zone);
    }
    any = true;
  }
  output.out.flush();
  return any;
}

}  // namespace mxray::cli
