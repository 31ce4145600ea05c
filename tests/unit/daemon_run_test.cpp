// SPDX-License-Identifier: Apache-2.0
// Does a whole daemon, over a made-up source of records, serve, reload and stop?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "daemon/daemon.h"
#include "server/listen_socket.h"
#include "unit/daemon_made_up.h"
#include "unit/server_client.h"

namespace mxray {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Hands over one unreadable record whenever its descriptor is written to.
class FakeSource : public RecordSource {
 public:
  FakeSource(int fd, OnRecord on_record) : fd_(fd), on_record_(std::move(on_record)) {}
  [[nodiscard]] std::vector<int> poll_fds() const override { return {fd_}; }
  void poll() override {
    std::uint64_t count = 0;
    if (::read(fd_, &count, sizeof count) == sizeof count) on_record_(std::array<std::byte, 3>{});
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
    return testing::get(testing::connect_tcp(port_), path);
  }
  [[nodiscard]] std::string api(const std::string& path) const {
    return testing::get(testing::connect_unix(settings_.config.socket), path);
  }

  testing::TemporaryDirectory directory_;
  Fd records_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  DaemonSettings settings_;
  int attached_ = 0;
  std::uint16_t port_ = 0;
  std::atomic<bool> ended_well_ = false;
  std::thread thread_;
};

TEST_F(RunningDaemon, ServesBothItsSocketsAndStopsOnSigterm) {
  start();
  EXPECT_THAT(web("/-/ready"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(api("/v1/status"), HasSubstr("\"eth0\""));
  stop();
  EXPECT_TRUE(ended_well_);
  EXPECT_FALSE(std::filesystem::exists(settings_.config.socket));
  EXPECT_FALSE(testing::connect_tcp(port_));
}

TEST_F(RunningDaemon, HandsRecordsToTheAnalysisAtOnce) {
  start();
  EXPECT_THAT(api("/v1/status"), HasSubstr("\"records_unreadable\":0"));
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(records_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  EXPECT_THAT(api("/v1/status"), HasSubstr("\"records_unreadable\":1"));
}

TEST_F(RunningDaemon, WorksWithAStoreThatDoesNot) {
  std::ofstream(settings_.config.state_dir) << "a file where a directory should be";
  start();
  EXPECT_THAT(web("/-/ready"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(api("/v1/incidents"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(api("/v1/status"), HasSubstr("degraded"));
}

TEST_F(RunningDaemon, KeepsAPathOverARestart) {
  const std::string path =
      R"({"schema_version":1,"server":{"ip":"203.0.113.80","port":25},)"
      R"("time":"2026-09-26T14:44:00.000000Z","server_distance":null,)"
      R"("hops":[{"distance":1,"addresses":["192.0.2.1"],"rtt_ms":0.5,"probes":3,"answers":3}]})";
  const std::string request = "PUT /v1/paths HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" +
                              ("Content-Length: " + std::to_string(path.size())) + "\r\n\r\n" +
                              path;
  const auto ask = [&request](const Fd& connection) {
    testing::send_text(connection, request);
    return testing::read_all(connection);
  };
  // Long ago, but not so long that it would be deleted for its age.
  settings_.config.retention.max_age_ns = UINT64_MAX;
  start();
  EXPECT_THAT(ask(testing::connect_tcp(port_)), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask(testing::connect_unix(settings_.config.socket)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), HasSubstr(path));
  stop();
  start();
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), HasSubstr(path));
}

TEST_F(RunningDaemon, IsRefusedBeforeAttachingIfItsPortIsTaken) {
  const Result<TcpListener> other = open_tcp_listener("127.0.0.1", 0);
  settings_.config.web_listen.port = other->port;
  const Result<Daemon> daemon = Daemon::start(settings_);
  ASSERT_FALSE(daemon);
  EXPECT_THAT(daemon.error().message, HasSubstr("already in use"));
  EXPECT_EQ(attached_, 0);
}

TEST_F(RunningDaemon, IsRefusedBeforeAttachingIfAnotherOneHasItsSocket) {
  start();
  DaemonSettings second = settings_;
  const Result<Daemon> daemon = Daemon::start(second);
  ASSERT_FALSE(daemon);
  EXPECT_THAT(daemon.error().message, HasSubstr("another mxrayd already answers"));
  EXPECT_EQ(attached_, 1);
  EXPECT_THAT(api("/v1/status"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(RunningDaemon, LeavesNoSocketBehindIfAttachingFails) {
  settings_.start_source = [](const Config&, const OnRecord&) {
    return Result<std::unique_ptr<RecordSource>>(Error{"no such interface"});
  };
  const Result<Daemon> daemon = Daemon::start(settings_);
  ASSERT_FALSE(daemon);
  EXPECT_EQ(daemon.error().message, "no such interface");
  EXPECT_FALSE(std::filesystem::exists(settings_.config.socket));
}

TEST_F(RunningDaemon, ReadsItsConfigurationAgainOnSighupAndGoesOn) {
  std::atomic<int> reads = 0;
  settings_.reload = [&]() -> Result<Config> {
    if (++reads == 1) return Error{"m.yaml:1: nonsense"};
    Config config = settings_.config;
    config.retention.max_bytes = std::uint64_t{1} << 20;
    config.max_flows = 64;
    return config;
  };
  start();
  for (int wanted = 1; wanted <= 2; ++wanted) {
    ::kill(::getpid(), SIGHUP);
    for (int i = 0; i < 500 && reads < wanted; ++i) ::usleep(10'000);
    EXPECT_EQ(reads, wanted);
    EXPECT_THAT(api("/v1/incidents"), StartsWith("HTTP/1.1 200 "));
  }
}

}  // namespace
}  // namespace mxray
