// SPDX-License-Identifier: Apache-2.0
// What does a whole daemon serve on its web pages, and under which web configuration?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "support/cpu_time.h"
#include "unit/daemon_running.h"

namespace mxray {
namespace {

using ::testing::HasSubstr;
using testing::RunningDaemon;
using ::testing::StartsWith;

TEST_F(RunningDaemon, AScrapeOfAHundredThousandLiveFlowsIsNoLongerThanOfNone) {
  constexpr std::uint64_t kFlows = 100'000;
  settings_.config.max_flows = 131'072;
  start();
  const auto samples = [](const std::string& page) {
    std::istringstream text(page);
    int count = 0;
    for (std::string line; std::getline(text, line);) {
      const bool is_of_requests = line.starts_with("mxray_http_requests_total");
      count += !line.starts_with('#') && line.starts_with("mxray_") && !is_of_requests ? 1 : 0;
    }
    return count;
  };
  const int before = samples(web("/metrics"));
  EXPECT_GT(before, 200);
  ASSERT_EQ(::write(records_.get(), &kFlows, sizeof kFlows), static_cast<ssize_t>(sizeof kFlows));
  EXPECT_THAT(web("/-/healthy"), StartsWith("HTTP/1.1 200 ")) << "answered after the records";
  const auto start = std::chrono::steady_clock::now();
  const std::string page = web("/metrics");
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  EXPECT_THAT(page, HasSubstr("\nmxray_flows{protocol=\"smtp\",state=\"waiting\"} 100000\n"));
  EXPECT_EQ(samples(page), before) << "no line a flow";
  // A figure to read, not a limit: the machine may be shared, or sanitized.
  RecordProperty("scrape_microseconds", std::to_string(took.count()));
}

// Over TLS and with more of them: server_flood_test.cpp, and tests/e2e/web.sh.
TEST_F(RunningDaemon, FiveHundredIdleAndSlowClientsDelayNoScrape) {
  rlimit descriptors{};  // both ends live in this process
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  start();
  std::vector<Fd> crowd;
  for (int i = 0; i < 500; ++i) {
    crowd.push_back(testing::connect_tcp(port_));
    ASSERT_TRUE(crowd.back()) << "connection " << i;
    if (i % 2 == 0) testing::send_text(crowd.back(), "GET /met");
    if (i % 20 == 1) testing::send_text(crowd.back(), "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_THAT(web("/-/healthy"), StartsWith("HTTP/1.1 200 ")) << "all have been accepted";
  std::vector<double> took_ms;
  for (int i = 0; i < 25; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(web("/metrics"), StartsWith("HTTP/1.1 200 "));
    took_ms.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::sort(took_ms);
  std::cout << "25 scrapes beside 500 clients: median " << took_ms[12] << " ms, worst "
            << took_ms.back() << " ms\n";
  EXPECT_LT(took_ms.back(), 5000) << "silent clients are closed after 10 s";
  EXPECT_LT(took_ms[6], 100) << "other work delays some, the crowd would delay all";
  EXPECT_THAT(web("/metrics"), HasSubstr("\nmxray_http_connections_displaced_total 0\n"));
  const auto used = test::cpu_time();
  ::poll(nullptr, 0, 400);
  EXPECT_LT(test::cpu_time() - used, std::chrono::milliseconds(200)) << "a loop that does not rest";
}

TEST_F(RunningDaemon, IsRefusedBeforeAttachingIfItsWebConfigurationIsWrong) {
  settings_.config.web_config_file = directory_.path() / "web.yml";
  std::ofstream(settings_.config.web_config_file) << "tls: 1\n";
  const Result<Daemon> daemon = Daemon::start(settings_);
  ASSERT_FALSE(daemon);
  EXPECT_THAT(daemon.error().message, HasSubstr("web.yml:1: tls: this key is unknown"));
  EXPECT_EQ(attached_, 0);
}

TEST_F(RunningDaemon, AWebConfigurationComesIntoForceWhenItIsWritten) {
  const std::string file = directory_.path() / "web.yml";
  settings_.config.web_config_file = file;
  std::ofstream(file) << "";
  start();
  EXPECT_THAT(web("/-/healthy"), StartsWith("HTTP/1.1 200 "));
  // A password that nobody has said yet; the UNIX socket is not concerned.
  std::ofstream(file) << "basic_auth_users: {alice: $2b$04$KD4YKmRk5vN6HnH1QZy8gO"
                         "UWCuBY7K5iymVVimsgQ0l/X.s/CSSL6}\n";
  const auto answers = [this](const std::string& path, const std::string& wanted) {
    std::string answer;
    for (int i = 0; i < 500 && answer.find(wanted) == std::string::npos; ++i) {
      ::usleep(10'000);
      answer = web(path);
    }
    return answer;
  };
  EXPECT_THAT(answers("/-/healthy", " 401 "), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(api("/v1/status"), StartsWith("HTTP/1.1 200 "));
  std::ofstream(file) << "basic_auth_users: {}\n";
  EXPECT_THAT(answers("/metrics", " 200 "),
              HasSubstr("mxray_http_requests_total{handler=\"login\""));
  std::ofstream(file) << "nonsense: 1\n";
  EXPECT_THAT(answers("/metrics", "mxray_web_config_last_reload_successful 0"),
              HasSubstr("\nmxray_web_config_last_reload_successful 0\n"));
  EXPECT_THAT(api("/v1/status"), HasSubstr("web.yml:1: nonsense: this key is unknown"));
}

}  // namespace
}  // namespace mxray
