// SPDX-License-Identifier: Apache-2.0
// How do the tests talk to a server as a client on a plain socket would?
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/fd.h"
#include "server/http_server.h"

namespace mxray::testing {

/// Blocking, with 5 s until a read gives up; an empty Fd if nobody listens. `from` is the
/// last number of the address in 127.0.0.0/24 that it comes from.
Fd connect_tcp(std::uint16_t port, int from = 1);
Fd connect_unix(const std::string& path);

void send_text(const Fd& connection, const std::string& text);

/// Everything until the other end closes or 5 s pass in silence: half of what the
/// server grants a silent client, so whoever waits for those gets nothing.
std::string read_all(const Fd& connection);

/// `GET target`, asking for the connection to be closed, and the whole answer.
std::string get(const Fd& connection, const std::string& target);

/// Runs a server in a thread of its own, as the daemon's loop would.
class Serving {
 public:
  explicit Serving(HttpServer server);
  ~Serving();
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

 private:
  std::atomic<bool> stopping_ = false;
  HttpServer server_;
  std::thread thread_;  // last: the others exist while it runs
};

}  // namespace mxray::testing
