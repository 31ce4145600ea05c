// SPDX-License-Identifier: Apache-2.0
#include "daemon/watchfulness.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "daemon/log.h"

namespace mxray {

void Watchfulness::report(const KernelStats& stats, std::uint64_t refused_records) {
  for (const Attachment& attachment : stats.attachments) {
    std::string& known = hooks_[{attachment.interface, attachment.direction}];
    if (known == attachment.hook) continue;
    known = attachment.hook;
    if (attachment.hook == "none") {
      log_warning(fmt::format("{} {} is not watched: {}", attachment.interface,
                              attachment.direction, attachment.reason));
    } else {
      log_info(fmt::format("{} {} is watched by {}: {}", attachment.interface, attachment.direction,
                           attachment.hook, attachment.reason));
    }
  }
  std::erase_if(hooks_, [&stats](const auto& known) {
    const auto& hook = known.first;
    const bool gone = std::ranges::none_of(stats.attachments, [&hook](const Attachment& one) {
      return one.interface == hook.first && one.direction == hook.second;
    });
    if (gone) {
      log_info(fmt::format(
          "{} {} is forgotten: the interface is gone, and the default route leads elsewhere",
          hook.first, hook.second));
    }
    return gone;
  });
  const std::uint64_t lost = stats.counters[core::COUNT_LOST_INCIDENT_RECORD] +
                             stats.counters[core::COUNT_LOST_DIALOGUE_RECORD];
  records_lost_ = std::max(records_lost_, stats.lost_before);
  if (lost > records_lost_) {
    log_warning(
        fmt::format("{} records were lost, {} in all: they came faster than they could be "
                    "read; incidents may lack evidence",
                    lost - records_lost_, lost));
    records_lost_ = lost;
  }
  if (refused_records > records_refused_) {
    log_error(
        fmt::format("{} records of an unknown version or size were refused; programs of "
                    "another mxrayd may be attached",
                    refused_records - records_refused_));
    records_refused_ = refused_records;
  }
}

void Watchfulness::report_routes(const Status& followed) {
  std::string problem = followed ? std::string() : followed.error().message;
  if (problem == routes_problem_) return;
  routes_problem_ = std::move(problem);
  if (routes_problem_.empty()) {
    log_info("interfaces and the default route are followed again");
  } else {
    log_warning(routes_problem_);
  }
}

void Watchfulness::report(const StoreHealth& store) {
  if (store.problem == store_problem_) return;
  store_problem_ = store.problem;
  if (store.problem.empty()) {
    log_info("the incident store works again");
  } else if (store.working) {
    log_warning(fmt::format("incident store: {}", store.problem));
  } else {
    log_warning(fmt::format("incident store: {}; incidents are kept in memory only meanwhile",
                            store.problem));
  }
}

}  // namespace mxray
