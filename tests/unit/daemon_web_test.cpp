// SPDX-License-Identifier: Apache-2.0
// What does a whole daemon serve on its web pages, and under which web configuration?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

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
