// SPDX-License-Identifier: Apache-2.0
// How do the parts become one daemon?
//
// One thread, one loop: records come in, the analysis judges, an incident goes
// to memory, disk and print, and requests read what is there. What may fail
// without harm (the disk) fails in the background; what may not (the listening
// sockets) fails before anything is attached.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "daemon/config.h"
#include "daemon/record_source.h"

namespace mxray {

struct DaemonSettings {
  Config config;
  /// Where records come from: start_probe, except in tests.
  StartSource start_source;
  /// Gives up all privileges, once everything is attached and listens; may be empty.
  /// What it says is logged.
  std::function<Result<std::string>()> confine{};
  /// Reads the configuration again, for SIGHUP; may be empty.
  std::function<Result<Config>()> reload{};
  /// Gets each new incident as lines of text; may be empty.
  std::function<void(const std::string&)> print{};
};

class Daemon {
 public:
  /// Listens, then attaches, then tells systemd. The error leaves nothing
  /// attached and no socket behind.
  static Result<Daemon> start(DaemonSettings settings);

  ~Daemon();
  Daemon(Daemon&&) noexcept;
  Daemon& operator=(Daemon&&) noexcept;

  /// Serves until SIGINT or SIGTERM. The error says why it could not go on.
  Status run();

  /// One turn of the loop, at most `timeout_ms` long; false: told to stop.
  Result<bool> run_once(int timeout_ms);

  /// The TCP port it really listens on.
  [[nodiscard]] std::uint16_t web_port() const;

 private:
  class State;
  explicit Daemon(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mxray
