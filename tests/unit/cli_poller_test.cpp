// SPDX-License-Identifier: Apache-2.0
// Is the daemon asked for little, once a second, and its silence told?
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>

#include "cli/daemon_poller.h"
#include "cli_fake_daemon.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Response answer_to(const Request& request) {
  Response response;
  if (request.path == "/v1/status") response.body = to_json_line(samples::status()) + "\n";
  if (request.path == "/v1/flows") {
    const bool waiting = request.query.at("state") == "waiting";
    response.body =
        to_json_line(waiting ? samples::waiting_flow() : samples::refused_flow()) + "\n";
  }
  if (request.path == "/v1/incidents" && request.query.at("after") == "0") {
    response.body = to_json_line(samples::forged_reply(), 10) + "\n" +
                    to_json_line(samples::ident_stall(), 11) + "\n";
  }
  if (request.path == "/v1/incidents/0123456789ab") {
    response.body = to_json_full(samples::forged_reply()) + "\n";
  } else if (request.path.starts_with("/v1/incidents/")) {
    response.status = 404;
  }
  return response;
}

TEST(AskOnce, BringsAllThatTheScreenShows) {
  const FakeDaemon daemon(answer_to);
  PollState state;
  const auto answers = ask_once(DaemonClient(daemon.socket()), state);
  ASSERT_TRUE(answers) << answers.error().message;
  EXPECT_EQ(answers->status.records_lost, 42U);
  ASSERT_THAT(answers->waiting, SizeIs(1));
  EXPECT_EQ(answers->waiting[0].ident_queries, 3U);
  ASSERT_THAT(answers->others, SizeIs(1));
  EXPECT_THAT(answers->incidents, SizeIs(2));
  EXPECT_EQ(state.revision, 11U);
}

TEST(AskOnce, AsksForAFewAndOnlyForWhatIsNew) {
  const FakeDaemon daemon(answer_to);
  PollState state;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(ask_once(DaemonClient(daemon.socket()), state));
  }
  std::vector<std::string> revisions;
  for (const Request& request : daemon.requests()) {
    if (request.path == "/v1/status") continue;
    EXPECT_LE(std::stoull(request.query.at("limit")), 500U) << request.path;
    if (request.path == "/v1/incidents") revisions.push_back(request.query.at("after"));
  }
  EXPECT_THAT(revisions, ElementsAre("0", "11"));
}

TEST(AskOnce, SaysWhatItDidNotUnderstand) {
  for (const char* path : {"/v1/status", "/v1/flows", "/v1/incidents"}) {
    const FakeDaemon daemon([path](const Request& request) {
      Response response = answer_to(request);
      if (request.path == path) response.body = "<html>\x1b[2J\n";
      return response;
    });
    PollState state;
    const auto answers = ask_once(DaemonClient(daemon.socket()), state);
    ASSERT_FALSE(answers);
    EXPECT_THAT(answers.error().message, HasSubstr("is not valid JSON"));
    EXPECT_EQ(state.revision, 0U) << "the next round must ask for all again";
  }
}

TEST(ExplanationOf, IsWhatExplainSays) {
  const FakeDaemon daemon(answer_to);
  const DaemonClient client(daemon.socket());
  const std::string text = explanation_of(client, "0123456789ab", 80);
  EXPECT_THAT(text, HasSubstr("500 error"));
  EXPECT_THAT(text, HasSubstr("What to do"));
  EXPECT_THAT(text, HasSubstr("Where"));
  EXPECT_THAT(explanation_of(client, "ffffffffffff", 80), HasSubstr("no longer keeps"));
  EXPECT_THAT(explanation_of(DaemonClient("/nonexistent/socket"), "ffffffffffff", 80),
              HasSubstr("/nonexistent/socket"));
}

// The next news, at most for ten seconds.
std::vector<DaemonPoller::News> wait_for_news(DaemonPoller& poller) {
  pollfd source{.fd = poller.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&source, 1, 10'000), 1);
  return poller.take();
}

TEST(Poller, AsksOnceASecondNotMore) {
  const FakeDaemon daemon(answer_to);
  const auto start = std::chrono::steady_clock::now();
  DaemonPoller poller{DaemonClient(daemon.socket())};
  for (int round = 0; round < 3; ++round) {
    const auto news = wait_for_news(poller);
    ASSERT_THAT(news, SizeIs(1));
    EXPECT_TRUE(std::holds_alternative<top::Answers>(news[0]));
  }
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(1950));
}

TEST(Poller, TellsThatTheDaemonIsSilentAndAsksOn) {
  FakeDaemon daemon(answer_to);
  daemon.stop();
  const top::Instant begun = top::instant_now();
  DaemonPoller poller{DaemonClient(daemon.socket())};
  auto news = wait_for_news(poller);
  ASSERT_THAT(news, SizeIs(1));
  ASSERT_TRUE(std::holds_alternative<DaemonPoller::Missed>(news[0]));
  EXPECT_THAT(std::get<DaemonPoller::Missed>(news[0]).why, HasSubstr(daemon.socket()));
  EXPECT_GE(std::get<DaemonPoller::Missed>(news[0]).asked.steady_ns, begun.steady_ns);
  daemon.start();
  do {
    news = wait_for_news(poller);
  } while (news.size() == 1 && std::holds_alternative<DaemonPoller::Missed>(news[0]));
  ASSERT_THAT(news, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<top::Answers>(news[0]));
}

TEST(Poller, ExplainsAlsoWhilePausedAndAsksNothingElse) {
  const FakeDaemon daemon(answer_to);
  DaemonPoller poller{DaemonClient(daemon.socket())};
  auto news = wait_for_news(poller);
  poller.pause(true);
  poller.explain("ffffffffffff", 80);
  do {  // a round may have begun before
    news = wait_for_news(poller);
  } while (!news.empty() && !std::holds_alternative<DaemonPoller::Explained>(news.back()));
  ASSERT_FALSE(news.empty());
  EXPECT_EQ(std::get<DaemonPoller::Explained>(news.back()).id, "ffffffffffff");
  const auto before = daemon.requests().size();
  pollfd source{.fd = poller.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&source, 1, 1500), 0) << "it goes on asking";
  EXPECT_EQ(daemon.requests().size(), before);
  poller.pause(false);
  EXPECT_TRUE(std::holds_alternative<top::Answers>(wait_for_news(poller).at(0)));
}

}  // namespace
}  // namespace mxray::cli
