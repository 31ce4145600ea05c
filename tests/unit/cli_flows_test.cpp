// SPDX-License-Identifier: Apache-2.0
// Does `mxray flows` tell of the past, and of what changes?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/flow_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

FlowView flow_in(FlowState state, std::uint16_t client_port = 1523) {
  FlowView flow = samples::waiting_flow();
  flow.state = state;
  flow.client.port = client_port;
  if (state == FlowState::kClosed) flow.closed_ns = flow.opened_ns + 60'000'000'000;
  return flow;
}

std::string json(std::initializer_list<FlowView> flows) {
  std::string body;
  for (const FlowView& flow : flows) body += to_json_line(flow) + "\n";
  return body;
}

TEST(FlowsOfThePast, AreAskedForPageByPageAndShownOnce) {
  const FakeDaemon daemon([](const Request& request) {
    Response response;
    const bool first = request.query.count("after") == 0;
    response.body = first ? json({flow_in(FlowState::kDialogue, 1), flow_in(FlowState::kClosed, 2)})
                          : json({flow_in(FlowState::kClosed, 1), flow_in(FlowState::kClosed, 3)});
    if (first) response.headers["X-Mxray-Next"] = "5.6";
    if (request.path != "/v1/sessions") response.status = 404;
    return response;
  });
  const Outcome outcome = run_mxray({"flows", "--json", "--since", "2026-11-22", "--until",
                                     "2026-11-23", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out, json({flow_in(FlowState::kDialogue, 1), flow_in(FlowState::kClosed, 2),
                               flow_in(FlowState::kClosed, 3)}));
  ASSERT_EQ(daemon.requests().size(), 2U);
  EXPECT_EQ(daemon.requests()[1].query.at("after"), "5.6");
  EXPECT_EQ(daemon.requests()[0].query.at("since_ns"),
            std::to_string(*parse_rfc3339("2026-11-22T00:00:00Z")));
  EXPECT_EQ(daemon.requests()[0].query.at("until_ns"),
            std::to_string(*parse_rfc3339("2026-11-23T00:00:00Z")));
}

TEST(FlowsOfThePast, SayWhenTheyWereOpened) {
  Response response;
  response.body = json({flow_in(FlowState::kClosed)});
  const FakeDaemon daemon("/v1/sessions", response);
  const Outcome outcome = run_mxray({"flows", "--since", "7d", "--socket", daemon.socket()});
  EXPECT_THAT(outcome.out, testing::StartsWith("opened "));
  EXPECT_THAT(outcome.out, HasSubstr(rfc3339(samples::waiting_flow().opened_ns)));
}

TEST(FlowsOfThePast, DoNotHangOnADaemonThatRepeatsItsPlace) {
  const FakeDaemon daemon([](const Request&) {
    Response response;
    response.headers["X-Mxray-Next"] = "5.6";
    return response;
  });
  const Outcome outcome = run_mxray({"flows", "--since", "7d", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kOk);
  EXPECT_EQ(outcome.err, "No mail connections then.\n");
  EXPECT_EQ(daemon.requests().size(), 2U);
}

TEST(FollowedFlows, AreALineWhenTheyComeAndWhenTheirStateChanges) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&asked](const Request&) {
    Response response;
    switch (++asked) {
      case 1:
        response.body = json({flow_in(FlowState::kWaiting), flow_in(FlowState::kClosed, 99)});
        break;
      case 2: response.body = json({flow_in(FlowState::kWaiting)}); break;
      case 3:
        response.body = json({flow_in(FlowState::kDialogue), flow_in(FlowState::kWaiting, 7)});
        break;
      default: response.status = 400;  // ends the following
    }
    return response;
  });
  const Outcome outcome = run_mxray({"flows", "--follow", "--json", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_EQ(outcome.out, json({flow_in(FlowState::kWaiting), flow_in(FlowState::kDialogue),
                               flow_in(FlowState::kWaiting, 7)}));
}

TEST(FollowedFlows, AreLinesUnlessAskedForAsJson) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&asked](const Request&) {
    Response response;
    response.body = json({flow_in(FlowState::kWaiting), flow_in(FlowState::kDialogue, 7)});
    if (++asked > 1) response.status = 400;
    return response;
  });
  const Outcome outcome =
      run_mxray({"flows", "--follow", "--not-state", "dialogue", "--socket", daemon.socket()});
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1) << outcome.out;
  EXPECT_THAT(outcome.out, HasSubstr("Z waiting pop3 "));
}

// By the order of being heard of, the longest waits of a busy gateway are out of reach.
TEST(FollowedFlows, AreAskedForAFewAtATimeFirstTheLongestWaitingThenTheLatest) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&asked](const Request&) {
    Response response;
    if (++asked > 1) response.status = 400;
    return response;
  });
  run_mxray({"flows", "--follow", "--state", "waiting", "--socket", daemon.socket()});
  ASSERT_EQ(daemon.requests().size(), 2U);
  for (const Request& request : daemon.requests()) {
    EXPECT_EQ(request.query.at("limit"), "1000");
    EXPECT_EQ(request.query.at("state"), "waiting");
  }
  EXPECT_EQ(daemon.requests()[0].query.count("order"), 0U);
  EXPECT_EQ(daemon.requests()[1].query.at("order"), "latest");
}

// Others may have pushed it out of the answer in between.
TEST(FollowedFlows, AreNotToldOfAgainWhenTheyAreHeardOfAgain) {
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&asked](const Request&) {
    Response response;
    switch (++asked) {
      case 1:
      case 3: response.body = json({flow_in(FlowState::kDialogue)}); break;
      case 2: response.body = json({flow_in(FlowState::kWaiting, 7)}); break;
      default: response.status = 400;
    }
    return response;
  });
  EXPECT_EQ(run_mxray({"flows", "--follow", "--json", "--socket", daemon.socket()}).out,
            json({flow_in(FlowState::kDialogue), flow_in(FlowState::kWaiting, 7)}));
}

// They come into an answer late if there are more connections than it holds.
TEST(FollowedFlows, AreNotToldOfIfTheyWereClosedBefore) {
  FlowView brief = flow_in(FlowState::kClosed, 8);
  brief.closed_ns = wall_clock_ns() + 1'000'000'000;
  std::atomic<int> asked = 0;
  const FakeDaemon daemon([&](const Request&) {
    Response response;
    if (++asked == 2) response.body = json({flow_in(FlowState::kClosed, 7), brief});
    if (asked > 2) response.status = 400;
    return response;
  });
  EXPECT_EQ(run_mxray({"flows", "--follow", "--json", "--socket", daemon.socket()}).out,
            json({brief}));
}

// What is said of answers with so many connections, a number for each round.
std::string told_of(std::vector<int> counts) {
  std::atomic<std::size_t> asked = 0;
  const FakeDaemon daemon([&](const Request&) {
    Response response;
    const std::size_t round = asked++;
    if (round >= counts.size()) response.status = 400;
    for (int i = 0; round < counts.size() && i < counts[round]; ++i) {
      response.body += json({flow_in(FlowState::kWaiting, static_cast<std::uint16_t>(i))});
    }
    return response;
  });
  return run_mxray({"flows", "--follow", "--socket", daemon.socket()}).err;
}

TEST(FollowedFlows, SayOnceIfThereAreMoreThanCanBeShown) {
  const std::string err = told_of({1000, 1000});
  EXPECT_THAT(err, HasSubstr("1000 connections or more, and not all of those of now are shown"));
  EXPECT_EQ(err.find("or more"), err.rfind("or more"));
}

// One that changed may be behind the last of a full answer, whatever is in it.
TEST(FollowedFlows, SayThatChangesMayBeMissingAsSoonAsAnAnswerIsFull) {
  const std::string err = told_of({999, 1000});
  EXPECT_THAT(err, HasSubstr("there are 1000 connections or more: in a second in which more than "
                             "1000 are heard of, changes may be missing; `mxray flows --since`"));
}

TEST(FlowsOfThePast, SayFromWhenOnTheyAreKeptIfThereAreNone) {
  Response response;
  response.headers["X-Mxray-Complete-Since-Ns"] =
      std::to_string(*parse_rfc3339("2026-11-22T12:00:00Z"));
  const FakeDaemon daemon("/v1/sessions", response);
  EXPECT_EQ(run_mxray({"flows", "--since", "2026-11-20", "--until", "2026-11-21", "--protocol",
                       "smtp", "--socket", daemon.socket()})
                .err,
            "No mail connections then (only protocol smtp).\n"
            "mxray: the daemon keeps none from before 2026-11-22T12:00:00.000000Z\n");
}

TEST(FollowedFlows, HaveNoPast) {
  EXPECT_EQ(run_mxray({"flows", "--follow", "--since", "2h"}).exit, ExitCode::kUsage);
  EXPECT_THAT(run_mxray({"flows", "--follow", "--since", "2h"}).out, IsEmpty());
}

}  // namespace
}  // namespace mxray::cli
