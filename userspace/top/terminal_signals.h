// SPDX-License-Identifier: Apache-2.0
// How do signals that concern the terminal wait until nothing is half drawn?
#pragma once

#include <csignal>
#include <optional>

#include "base/fd.h"

namespace mxray::top {

enum class TerminalEvent {
  kEnd,      // SIGINT, SIGTERM, SIGHUP
  kStop,     // Ctrl-Z
  kResized,  // the terminal has another size
};

/// While it lives these signals do nothing but make fd() readable, in this thread
/// and in all that it starts.
class TerminalSignals {
 public:
  TerminalSignals();
  ~TerminalSignals();
  TerminalSignals(const TerminalSignals&) = delete;
  TerminalSignals& operator=(const TerminalSignals&) = delete;

  /// -1 if the system gives none; then none of them does anything.
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// The next one that has come; nullopt if there is none.
  [[nodiscard]] std::optional<TerminalEvent> next() const;

  /// Stops the process as Ctrl-Z does, and returns when it goes on. Without a shell
  /// that could let it go on it returns at once.
  void stop_process() const;

 private:
  sigset_t signals_{};
  sigset_t before_{};
  Fd fd_;
};

}  // namespace mxray::top
