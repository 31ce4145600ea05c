// SPDX-License-Identifier: Apache-2.0
#include "cli_fake_daemon.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <cstdlib>
#include <filesystem>

namespace mxray::cli {

FakeDaemon::FakeDaemon(Handler handler) : handler_(std::move(handler)) {
  std::array<char, 32> pattern{"/tmp/mxray-cli-test-XXXXXX"};
  directory_ = mkdtemp(pattern.data());
  socket_ = directory_ + "/socket";
  start();
}

FakeDaemon::FakeDaemon(std::string path, Response response)
    : FakeDaemon([path = std::move(path), response = std::move(response)](const Request& request) {
        if (request.path == path) return response;
        Response missing;
        missing.status = 404;
        missing.body = "nothing here";
        return missing;
      }) {}

FakeDaemon::~FakeDaemon() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<Request> FakeDaemon::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void FakeDaemon::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void FakeDaemon::start() {
  stop_ = false;
  const auto remember_and_answer = [this](const Request& request) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    return handler_(request);
  };
  auto server = HttpServer::listen_unix(socket_, remember_and_answer, "", 65536);
  ASSERT_TRUE(server) << server.error().message;
  thread_ = std::thread([this, running = *std::move(server)]() mutable {
    while (!stop_) {
      pollfd wait{.fd = running.poll_fd(), .events = POLLIN, .revents = 0};
      poll(&wait, 1, 20);
      while (running.run()) {
      }
    }
  });
}

Outcome run_mxray(std::vector<std::string> arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const ExitCode exit = run(std::move(arguments), Output{.out = out, .err = err});
  return {exit, out.str(), err.str()};
}

}  // namespace mxray::cli
