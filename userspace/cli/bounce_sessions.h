// SPDX-License-Identifier: Apache-2.0
// Where do the sessions come from that failed deliveries are held against?
//
// From the daemon, asked only for the hours that matter, or from capture files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "cli/daemon_client.h"
#include "maillog/match.h"

namespace mxray::cli {

/// All sessions and forgeries of capture files.
struct CaptureSessions {
  maillog::Sessions sessions;
  std::uint64_t newest_ns = 0;   // of the last packet; 0: none
  std::optional<Error> problem;  // a file that cannot be read, or not to its end
};
CaptureSessions sessions_of_captures(const std::vector<std::string>& files);

/// Asks the daemon for what a batch of deliveries needs.
class DaemonSessions {
 public:
  explicit DaemonSessions(const DaemonClient& daemon) : daemon_(daemon) {}

  /// Sessions with the hosts of `batch` around its times, with their incidents. Of
  /// the answer only how it ended and records_lost mean something.
  Answer fetch(const std::vector<maillog::FailedDelivery>& batch, maillog::Sessions& sessions);

 private:
  Answer list_incidents();
  Answer learn_incidents_of(const FlowView& session);

  const DaemonClient& daemon_;
  bool listed_ = false;
  std::unordered_map<std::string, std::optional<Incident>> incidents_;  // nullopt: gone
};

}  // namespace mxray::cli
