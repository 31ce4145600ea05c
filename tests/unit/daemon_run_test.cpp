// SPDX-License-Identifier: Apache-2.0
// Does a whole daemon, over a made-up source of records, serve, reload and stop?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include "server/listen_socket.h"
#include "unit/daemon_running.h"

namespace mxray {
namespace {

using ::testing::HasSubstr;
using testing::RunningDaemon;
using ::testing::StartsWith;

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

const std::string kPath =
    R"({"schema_version":1,"server":{"ip":"203.0.113.80","port":25},)"
    R"("time":"2020-09-26T14:44:00.000000Z","server_distance":null,)"
    R"("hops":[{"distance":1,"addresses":["192.0.2.1"],"rtt_ms":0.5,"probes":3,"answers":3}]})";

std::string put_path(const Fd& connection) {
  testing::send_text(connection,
                     "PUT /v1/paths HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: " +
                         std::to_string(kPath.size()) + "\r\n\r\n" + kPath);
  return testing::read_all(connection);
}

TEST_F(RunningDaemon, KeepsAPathOverARestart) {
  // Long ago, but not so long that it would be deleted for its age.
  settings_.config.retention.max_age_ns = UINT64_MAX;
  start();
  EXPECT_THAT(put_path(testing::connect_tcp(port_)), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(put_path(testing::connect_unix(settings_.config.socket)),
              StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), HasSubstr(kPath));
  stop();
  start();
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), HasSubstr(kPath));
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

// What is kept by the old retention would be gone as soon as the disk works again.
TEST_F(RunningDaemon, TakesOverARetentionWhileItsStoreFails) {
  std::ofstream(settings_.config.state_dir) << "a file where a directory should be";
  std::atomic<bool> read = false;
  settings_.reload = [&]() -> Result<Config> {
    Config config = settings_.config;
    config.retention.max_age_ns = UINT64_MAX;
    read = true;
    return config;
  };
  start();
  EXPECT_THAT(put_path(testing::connect_unix(settings_.config.socket)),
              StartsWith("HTTP/1.1 200 "));
  ::kill(::getpid(), SIGHUP);
  for (int i = 0; i < 500 && !read; ++i) ::usleep(10'000);
  ASSERT_TRUE(read);
  EXPECT_THAT(web("/metrics"), HasSubstr("mxray_config_last_reload_successful 1\n"));
  EXPECT_THAT(web("/metrics"), HasSubstr("mxray_store_working 0\n"));

  std::filesystem::remove(settings_.config.state_dir);
  const auto store_works = [this] {
    return web("/metrics").find("mxray_store_working 1\n") != std::string::npos;
  };
  for (int i = 0; i < 500 && !store_works(); ++i) ::usleep(10'000);
  ASSERT_TRUE(store_works());
  EXPECT_THAT(api("/v1/paths?server=203.0.113.80"), HasSubstr(kPath));
}

}  // namespace
}  // namespace mxray
