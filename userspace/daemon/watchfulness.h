// SPDX-License-Identifier: Apache-2.0
// What of the daemon's own condition must its operator read in the log?
//
// Only changes: an interface that is watched otherwise than before, a disk that
// fails or recovers, records that were lost since the last look.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/kernel_stats.h"
#include "base/result.h"
#include "store/store.h"

namespace mxray {

class Watchfulness {
 public:
  /// Logs what differs from the last call; the first call tells every hook.
  void report(const KernelStats& stats, std::uint64_t refused_records);
  void report(const StoreHealth& store);
  void report_routes(const Status& followed);

 private:
  std::map<std::pair<std::string, std::string>, std::string> hooks_;  // interface, direction
  std::uint64_t records_lost_ = 0;
  std::uint64_t records_refused_ = 0;
  std::string store_problem_;
  std::string routes_problem_;
};

}  // namespace mxray
