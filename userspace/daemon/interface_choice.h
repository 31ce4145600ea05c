// SPDX-License-Identifier: Apache-2.0
// Which interfaces does the configuration mean at this moment?
//
// `default-route` stands for those over which the default routes lead, so that a
// configuration can work unedited. That changes: an uplink fails over to another, or
// is dialled anew under another name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/route_watch.h"

namespace mxray {

inline constexpr std::string_view kDefaultRoute = "default-route";

class InterfaceChoice {
 public:
  /// An error with a remedy if nothing is meant, or if none of what is meant exists
  /// (rather a name mistyped than a host whose interfaces are all still to come).
  static Result<InterfaceChoice> begin(std::vector<std::string> configured);

  /// The configured names, `default-route` replaced by what it stands for, see
  /// RouteWatch::interfaces(); each once.
  [[nodiscard]] std::vector<std::string> meant() const;

  /// What to poll so that read() takes the kernel's events; may be empty.
  [[nodiscard]] std::vector<int> poll_fds() const;
  void read();

  /// Looks where the default routes lead, if that may have changed; see
  /// RouteWatch::look().
  Status look(std::uint64_t now_ns);

 private:
  InterfaceChoice(std::vector<std::string> configured, std::optional<RouteWatch> routes);

  std::vector<std::string> configured_;
  std::optional<RouteWatch> routes_;  // nullopt: no default route is configured
};

}  // namespace mxray
