// SPDX-License-Identifier: Apache-2.0
// How do signals and the passing of time reach the event loop?
//
// As descriptors, so that nothing of the daemon ever runs inside a handler.
#pragma once

#include <cstdint>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mxray {

/// SIGINT, SIGTERM and SIGHUP as a readable descriptor; they are blocked and
/// SIGPIPE is ignored for the rest of the process' life.
class SignalQueue {
 public:
  static Result<SignalQueue> create();
  [[nodiscard]] int poll_fd() const { return fd_.get(); }
  /// The signals that have come since, each once. Never blocks.
  std::vector<int> take();

 private:
  explicit SignalQueue(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

/// Readable once a second.
class SecondTimer {
 public:
  static Result<SecondTimer> create();
  [[nodiscard]] int poll_fd() const { return fd_.get(); }
  /// Makes it wait for the next second; missed ones are not made up for.
  void take();

 private:
  explicit SecondTimer(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace mxray
