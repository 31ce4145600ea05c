// SPDX-License-Identifier: Apache-2.0
// Over which interfaces do the default routes lead by now?
//
// The kernel has no question for a default route alone: it lists the whole table,
// and a router may hold a million routes. So it is asked only after an event that
// may concern a default route; events of other routes do not even leave the kernel.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "probe/default_route.h"

namespace mxray {

/// Follows the routes of the network namespace it was started in.
class RouteWatch {
 public:
  /// Needs no privilege. Has looked once. Fails only without file descriptors or
  /// netlink.
  static Result<RouteWatch> start();

  /// Readable when read() has something.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// Takes the events that have come; never blocks.
  void read();

  /// Looks again if an event called for it, but not within kBetweenLooksNs of the
  /// last time, however much the routes flap. true: it looked. After an error it
  /// tries again in the same rhythm, and fails until it succeeds; what it learnt of
  /// the other address family counts. `now_ns` is monotonic.
  Result<bool> look(std::uint64_t now_ns);
  static constexpr std::uint64_t kBetweenLooksNs = 5'000'000'000;

  /// IPv4's first, each once. An address family that has no default route at the
  /// moment still means the interfaces of its last one: whoever waits for them
  /// notices if they do not come back. Empty: there never was one.
  [[nodiscard]] std::vector<std::string> interfaces() const;

 private:
  struct Family {
    int number;
    std::vector<Uplink> uplinks{};
  };
  explicit RouteWatch(Fd socket) : socket_(std::move(socket)) {}
  [[nodiscard]] bool is_uplink(std::uint32_t ifindex) const;

  Fd socket_;
  bool stale_ = true;             // something may have changed since the last look
  std::optional<Error> failure_;  // of the last look
  std::uint64_t next_look_ns_ = 0;
  std::array<Family, 2> families_{Family{AF_INET}, Family{AF_INET6}};
};

}  // namespace mxray
