// SPDX-License-Identifier: Apache-2.0
// What stays known from one round of answers to the next?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "top/observed.h"
#include "top_made_up.h"

namespace mxray::top {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> ids_of(const Observed& observed) {
  std::vector<std::string> ids;
  for (const Incident& incident : observed.incidents) ids.push_back(incident.id);
  return ids;
}

TEST(ObservedIncidents, AreTheLatestFirstAndAmendedInPlace) {
  Observed observed;
  Answers answers = quiet();
  answers.incidents = {incident("a", 1), incident("c", 3), incident("b", 2)};
  observed.take(answers, at(4));
  answers.incidents = {incident("b", 2, Confidence::kPossible), incident("d", 0.5)};
  observed.take(answers, at(5));
  EXPECT_THAT(ids_of(observed), ElementsAre("c", "b", "a", "d"));
  EXPECT_EQ(observed.incidents[1].confidence, Confidence::kPossible);
  observed.take(quiet(), at(6));
  EXPECT_THAT(ids_of(observed), SizeIs(4));
}

TEST(ObservedIncidents, AreNoMoreThanTheLatestFew) {
  Observed observed;
  Answers answers = quiet();
  for (unsigned i = 0; i < kMostIncidents + 10; ++i) {
    answers.incidents.push_back(incident(std::to_string(i).c_str(), i));
  }
  observed.take(answers, at(4));
  EXPECT_THAT(observed.incidents, SizeIs(kMostIncidents));
  EXPECT_EQ(observed.incidents.back().id, "10");
}

TEST(SecondsSince, MoveOnBetweenAnswers) {
  Observed observed;
  observed.take(quiet(), at(10));
  EXPECT_DOUBLE_EQ(seconds_since(observed, {}, at(10.75)), 0.75);
  EXPECT_DOUBLE_EQ(seconds_since(observed, {}, at(9)), 0);
}

TEST(SecondsSince, StandStillWhileNobodyKnowsOrWantsToKnow) {
  Observed observed;
  observed.take(quiet(), at(10));
  EXPECT_DOUBLE_EQ(seconds_since(observed, at(10.5), at(60)), 0.5);
  observed.miss("no answer", at(11));
  observed.miss("no answer", at(12));
  EXPECT_DOUBLE_EQ(seconds_since(observed, {}, at(60)), 1);
  EXPECT_EQ(observed.silent_since->steady_ns, at(11).steady_ns);
  observed.take(quiet(), at(61));
  EXPECT_FALSE(observed.silent_since);
}

TEST(SecondsSince, DoNotFollowTheWallClock) {
  Observed observed;
  observed.take(quiet(), at(10));
  const Instant stepped{.wall_ns = at(4000).wall_ns, .steady_ns = at(11).steady_ns};
  EXPECT_DOUBLE_EQ(seconds_since(observed, {}, stepped), 1);
}

TEST(OpenedRates, AreConnectionsASecondAndSurviveARestart) {
  Observed observed;
  Answers answers = quiet();
  answers.status.totals.flows_opened[core::PROTOCOL_SMTP] = 1000;
  observed.take(answers, at(10));
  EXPECT_THAT(observed.opened_rates, IsEmpty());
  answers.status.totals.flows_opened[core::PROTOCOL_SMTP] = 1030;
  answers.status.uptime_seconds += 2;
  observed.take(answers, at(12));
  EXPECT_DOUBLE_EQ(observed.opened_rate[core::PROTOCOL_SMTP], 15);
  answers.status.totals.flows_opened[core::PROTOCOL_SMTP] = 3;
  answers.status.uptime_seconds = 1;
  observed.take(answers, at(13));
  EXPECT_THAT(observed.opened_rates, ElementsAre(DoubleNear(15, 1e-9)));
}

FlowView seen(std::uint16_t client_port, double opened, double rtt, int hops) {
  FlowView seen = flow("192.0.2.1", "203.0.113.25");
  seen.client.port = client_port;
  seen.opened_ns = at(opened).wall_ns;
  seen.rtt_ms = rtt;
  seen.server_hops = hops;
  return seen;
}

std::vector<double> rtts_of(const ServerTrend& trend) {
  std::vector<double> rtts;
  for (const TrendSample& sample : trend.samples) rtts.push_back(sample.rtt_ms.value_or(-1));
  return rtts;
}

TEST(ServerTrends, HaveOneSampleAConnectionHoweverOftenItIsShown) {
  ServerTrends trends;
  for (int poll = 0; poll < 5; ++poll) {
    trends.note(seen(1, 1, 20, 9));
    trends.note(seen(3, 3, 22, 9));
    trends.note(seen(2, 2, 21 + poll, 12));  // the round trip is measured again
    trends.note(seen(4, 2, 23, 9));          // opened in the same moment
  }
  ASSERT_THAT(trends.all(), SizeIs(1));
  EXPECT_EQ(trends.all()[0].connections, 4U);
  EXPECT_THAT(rtts_of(trends.all()[0]), testing::UnorderedElementsAre(20, 25, 23, 22));
  EXPECT_EQ(rtts_of(trends.all()[0]).front(), 20);
  EXPECT_EQ(rtts_of(trends.all()[0]).back(), 22);
}

TEST(ServerTrends, TellConnectionsOfOnePortApart) {
  ServerTrends trends;
  trends.note(seen(1, 5, 20, 9));
  trends.note(seen(1, 3, 30, 9));
  EXPECT_THAT(rtts_of(trends.all()[0]), ElementsAre(30, 20));
}

TEST(ServerTrends, LeaveOutConnectionsOfWhichNothingIsKnown) {
  ServerTrends trends;
  trends.note(flow("192.0.2.1", "203.0.113.25"));
  EXPECT_THAT(trends.all(), IsEmpty());
}

TEST(ServerTrends, AreBounded) {
  ServerTrends trends;
  for (std::uint16_t i = 1; i <= 300; ++i) trends.note(seen(i, i, i, 9));
  ASSERT_THAT(trends.all()[0].samples, SizeIs(kMostSamples));
  EXPECT_EQ(trends.all()[0].samples.back().rtt_ms, 300);
  EXPECT_EQ(trends.all()[0].connections, 300U);
  trends.note(seen(1, 1, 1, 9));  // long forgotten; no news
  EXPECT_EQ(trends.all()[0].connections, 300U);
  for (std::uint16_t port = 1; port <= kMostServers; ++port) {
    FlowView other = seen(1, 400 + port, 1, 9);
    other.server.port = port;
    trends.note(other);
  }
  EXPECT_THAT(trends.all(), SizeIs(kMostServers));
}

}  // namespace
}  // namespace mxray::top
