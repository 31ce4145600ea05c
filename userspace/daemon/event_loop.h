// SPDX-License-Identifier: Apache-2.0
// Which descriptor has something to do, and who does it?
#pragma once

#include <functional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mxray {

/// One epoll and a callback a descriptor. One thread.
class EventLoop {
 public:
  static Result<EventLoop> create();

  /// Calls `on_ready` whenever `fd` is readable, for the life of the loop; the
  /// caller keeps `fd` open as long.
  Status watch(int fd, std::function<void()> on_ready);

  /// Waits until a descriptor is ready or `timeout_ms` have passed (-1: for
  /// ever), then calls whoever waits for those that are, once each.
  Status run_once(int timeout_ms);

 private:
  explicit EventLoop(Fd epoll) : epoll_(std::move(epoll)) {}

  Fd epoll_;
  std::vector<std::function<void()>> callbacks_;  // by the number that epoll returns
};

}  // namespace mxray
