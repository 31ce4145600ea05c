// SPDX-License-Identifier: Apache-2.0
// How do the tests run a whole daemon over a made-up source of records?
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "base/time.h"
#include "daemon/daemon.h"
#include "unit/daemon_made_up.h"
#include "unit/server_client.h"

namespace mxray::testing {

/// A handshake just done, of the flow with that number.
inline core::record_flow opened_flow(std::uint32_t number) {
  core::record_flow record{};
  record.header = {.version = RECORD_VERSION,
                   .type = core::RECORD_FLOW_OPENED,
                   .protocol = core::PROTOCOL_SMTP,
                   .size = sizeof record,
                   .time_ns = wall_clock_ns(),
                   .flow = {}};
  record.header.flow.server_port = 25;
  std::memcpy(record.header.flow.client.bytes, &number, sizeof number);
  record.handshake.client_isn = number;
  record.handshake.syn_time_ns = record.header.time_ns;
  return record;
}

/// Hands over records whenever its descriptor is written to: for 1 an unreadable
/// one, for more so many opened flows.
class FakeSource : public RecordSource {
 public:
  FakeSource(int fd, OnRecord on_record) : fd_(fd), on_record_(std::move(on_record)) {}
  [[nodiscard]] std::vector<int> poll_fds() const override { return {fd_}; }
  void poll() override {
    std::uint64_t count = 0;
    if (::read(fd_, &count, sizeof count) != sizeof count) return;
    if (count == 1) on_record_(std::array<std::byte, 3>{});
    for (std::uint64_t i = 0; count > 1 && i < count; ++i) {
      const core::record_flow record = opened_flow(static_cast<std::uint32_t>(i));
      on_record_(std::as_bytes(std::span(&record, 1)));
    }
  }
  [[nodiscard]] KernelStats stats() override {
    KernelStats stats;
    stats.attachments.push_back({"eth0", "ingress", "tc", "a test"});
    return stats;
  }
  [[nodiscard]] std::string interface_name(std::uint32_t) const override { return "eth0"; }
  [[nodiscard]] std::uint64_t refused_records() const override { return 0; }

 private:
  int fd_;
  OnRecord on_record_;
};

class RunningDaemon : public ::testing::Test {
 protected:
  RunningDaemon() {
    settings_.config.interfaces = {"eth0"};
    settings_.config.socket = directory_.path() / "mxrayd.sock";
    settings_.config.state_dir = directory_.path() / "state";
    settings_.config.web_listen = {"127.0.0.1", 0};
    settings_.start_source = [this](const Config&, OnRecord on_record) {
      ++attached_;
      return Result<std::unique_ptr<RecordSource>>(
          std::make_unique<FakeSource>(records_.get(), std::move(on_record)));
    };
  }
  ~RunningDaemon() override { stop(); }

  void start() {
    Result<Daemon> daemon = Daemon::start(settings_);
    ASSERT_TRUE(daemon) << daemon.error().message;
    port_ = daemon->web_port();
    thread_ = std::thread([this, running = *std::move(daemon)]() mutable {
      ended_well_ = static_cast<bool>(running.run());
    });
  }
  void stop() {
    if (!thread_.joinable()) return;
    ::kill(::getpid(), SIGTERM);
    thread_.join();
  }
  [[nodiscard]] std::string web(const std::string& path) const {
    return get(connect_tcp(port_), path);
  }
  [[nodiscard]] std::string api(const std::string& path) const {
    return get(connect_unix(settings_.config.socket), path);
  }

  TemporaryDirectory directory_;
  Fd records_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  DaemonSettings settings_;
  int attached_ = 0;
  std::uint16_t port_ = 0;
  std::atomic<bool> ended_well_ = false;
  std::thread thread_;
};

}  // namespace mxray::testing
