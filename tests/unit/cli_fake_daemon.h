// SPDX-License-Identifier: Apache-2.0
// Who answers the CLI in its tests? A daemon of prepared answers on a real socket.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cli/app.h"
#include "server/http_server.h"

namespace mxray::cli {

/// Answers on a UNIX socket in a directory of its own until it is destroyed.
/// `handler` runs in the daemon's thread.
class FakeDaemon {
 public:
  explicit FakeDaemon(Handler handler);
  /// Answers `path` with `response` and everything else with 404.
  FakeDaemon(std::string path, Response response);
  ~FakeDaemon();
  FakeDaemon(const FakeDaemon&) = delete;
  FakeDaemon& operator=(const FakeDaemon&) = delete;

  [[nodiscard]] const std::string& socket() const { return socket_; }
  /// The requests so far, oldest first.
  [[nodiscard]] std::vector<Request> requests() const;

  /// Closes the socket and opens it again with what it closed with.
  void stop();
  void start();

 private:
  Handler handler_;
  std::string directory_;
  std::string socket_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

/// What `mxray arguments...` printed and how it ended.
struct Outcome {
  ExitCode exit = ExitCode::kOk;
  std::string out;
  std::string err;
};
Outcome run_mxray(std::vector<std::string> arguments);

}  // namespace mxray::cli
