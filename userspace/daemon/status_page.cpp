// SPDX-License-Identifier: Apache-2.0
#include "daemon/status_page.h"

#include <utility>

#include "daemon/command_line.h"

namespace mxray {

std::string status_page(StatusFacts facts) {
  DaemonStatus status;
  status.version = version();
  status.uptime_seconds = facts.uptime_seconds;
  status.interfaces = std::move(facts.interfaces);
  status.records_lost = lost_records(facts.kernel, facts.totals, facts.refused_records);
  status.kernel = std::move(facts.kernel);
  status.totals = facts.totals;
  status.store.state = facts.store_working ? "ok" : "degraded";
  status.store.detail = std::move(facts.store_problem);
  status.reload_problems = std::move(facts.reload_problems);
  status.privileges = std::move(facts.privileges);
  status.pin_dir = std::move(facts.pin_dir);
  return to_json_line(status);
}

std::uint64_t lost_records(const KernelStats& kernel, const Totals& totals,
                           std::uint64_t refused_records) {
  return records_lost(kernel, totals) + refused_records;
}

}  // namespace mxray
