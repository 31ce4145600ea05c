// SPDX-License-Identifier: Apache-2.0
// Does --follow show each incident once, as it comes, across a restart, too?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <chrono>
#include <sstream>

#include "base/fd.h"
#include "cli_fake_daemon.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;

// The board of a daemon: what came after a revision.
Response news_after(const Request& request) {
  const auto after = request.query.find("after");
  const std::uint64_t seen = after == request.query.end() ? 0 : std::stoull(after->second);
  Response response;
  if (seen < 10) response.body += to_json_line(samples::forged_reply(), 10) + "\n";
  if (seen >= 10 && seen < 11) response.body += to_json_line(samples::ident_stall(), 11) + "\n";
  if (seen >= 11) {
    response.status = 400;  // ends the following
    response.body = "enough";
  }
  return response;
}

TEST(Follow, ShowsEachRevisionOnceAndAsksForWhatCameAfter) {
  const FakeDaemon daemon(news_after);
  const Outcome outcome = run_mxray(
      {"incidents", "--follow", "--json", "--since", "2006-01-01", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, to_json_line(samples::forged_reply(), 10) + "\n" +
                             to_json_line(samples::ident_stall(), 11) + "\n");
  ASSERT_EQ(daemon.requests().size(), 3U);
  EXPECT_EQ(daemon.requests()[1].query.at("after"), "10");
  EXPECT_EQ(daemon.requests()[2].query.at("since_ns"), "1136073600000000000");
}

TEST(Follow, GoesOnAfterTheDaemonWasRestarted) {
  std::atomic<int> asked = 0;
  FakeDaemon daemon([&asked](const Request& request) {
    ++asked;
    Response response = news_after(request);
    if (asked == 2) response.body = "";  // nothing new when it is stopped
    return response;
  });
  std::atomic<bool> ended = false;  // so that a failing test ends, too
  std::thread restart([&] {
    while (asked < 2 && !ended) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    daemon.stop();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    daemon.start();
  });
  const Outcome outcome = run_mxray({"incidents", "--follow", "--socket", daemon.socket()});
  ended = true;
  restart.join();
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("went away; waiting for it to come back"));
  EXPECT_THAT(outcome.out, HasSubstr("ident_stall"));
}

TEST(Follow, EndsWithItsReaderThoughNothingHappens) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&asked](const Request&) {
    Response response;
    if (++asked > 3) response.status = 400;  // ends a following that goes on
    return response;
  });
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Fd written(ends[1]);
  Fd(ends[0]).reset();  // the reader goes
  DescriptorStream out(written.get());
  std::ostringstream err;
  const ExitCode exit = run({"incidents", "--follow", "--socket", daemon.socket()},
                            {.out = out, .err = err, .descriptor = written.get()});
  EXPECT_EQ(exit, ExitCode::kOk) << err.str();
  EXPECT_EQ(asked, 1);
}

TEST(Follow, DoesNotWaitForADaemonThatNeverAnswered) {
  const auto start = std::chrono::steady_clock::now();
  const Outcome outcome = run_mxray({"incidents", "--follow", "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

}  // namespace
}  // namespace mxray::cli
