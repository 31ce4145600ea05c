// SPDX-License-Identifier: Apache-2.0
// S0: is the forged reply found, measured and told, in every form of its trace?
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "support/traces.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using Outcome = ForgedReplyOptions::Outcome;
using Middle = ForgedReplyOptions::Middle;
using testing::DoubleNear;
using testing::HasSubstr;
using testing::Optional;

constexpr double kHundredthOfMillisecond = 0.01;

struct Case {
  std::string name;
  ForgedReplyOptions trace;
  bool genuine_seen;
};

class ForgedReply : public testing::TestWithParam<Case> {
 protected:
  ReplayResult result_ = verdict_on({forged_reply_trace(GetParam().trace)});
};

TEST_P(ForgedReply, IsTheOnlyIncidentAndCertain) {
  ASSERT_EQ(result_.incidents.size(), 1U);
  EXPECT_EQ(result_.incidents[0].kind, Kind::kForgedReply);
  EXPECT_EQ(result_.incidents[0].confidence, Confidence::kCertain);
}

TEST_P(ForgedReply, IsMeasuredAsItsAuthorMeasuredIt) {
  ASSERT_EQ(result_.incidents.size(), 1U);
  const Forgery& forgery = *result_.incidents[0].forgery;
  EXPECT_THAT(forgery.server_hops, Optional(15));
  EXPECT_THAT(forgery.forger_hops, Optional(7));
  EXPECT_THAT(forgery.baseline_ttl, Optional(49));
  EXPECT_THAT(forgery.forged_ttl, Optional(57));
  EXPECT_THAT(forgery.rtt_ms, Optional(DoubleNear(100.78, kHundredthOfMillisecond)));
  EXPECT_THAT(forgery.forged_delay_ms, Optional(DoubleNear(54.05, kHundredthOfMillisecond)));
  EXPECT_THAT(forgery.forger_class, Optional(std::string("simple")));
  EXPECT_THAT(forgery.client_accepted, Optional(true));
}

TEST_P(ForgedReply, IsCountedUnderItsForgersClassAndHops) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < ForgerCounts::kClasses.size(); ++i) {
    for (std::size_t k = 0; k < ForgerCounts::kHops.size(); ++k) {
      all += result_.totals.forgeries.of(i, k);
    }
  }
  EXPECT_EQ(all, 1U);
  EXPECT_EQ(result_.totals.forgeries.of(0, 5), 1U) << "simple, 5-7";
  const LatestIncident& latest = result_.totals.latest[0][2];  // forged_reply, certain
  EXPECT_EQ(latest.id, result_.incidents[0].id);
  EXPECT_EQ(latest.time_ns, result_.incidents[0].time_ns);
}

TEST_P(ForgedReply, NamesTheGenuineReplyOnlyIfItCame) {
  ASSERT_EQ(result_.incidents.size(), 1U);
  const Forgery& forgery = *result_.incidents[0].forgery;
  if (GetParam().genuine_seen) {
    EXPECT_THAT(forgery.genuine_text, Optional(std::string("250 Ok")));
    EXPECT_THAT(forgery.genuine_delay_ms, Optional(DoubleNear(105.03, kHundredthOfMillisecond)));
  } else {
    EXPECT_EQ(forgery.genuine_text, std::nullopt);
    EXPECT_EQ(forgery.genuine_delay_ms, std::nullopt);
  }
}

TEST_P(ForgedReply, TellsOfEverySignalThatGivesItAway) {
  ASSERT_EQ(result_.incidents.size(), 1U);
  std::set<std::string> signals;
  for (const Evidence& evidence : result_.incidents[0].evidence) signals.insert(evidence.signal);
  std::set<std::string> expected = {"ttl", "no_timestamps", "window_zero", "too_early"};
  if (!GetParam().trace.ipv6) expected.insert("dont_fragment");  // IPv6 has no such bit
  if (GetParam().genuine_seen) expected.insert("content_conflict");
  EXPECT_TRUE(std::includes(signals.begin(), signals.end(), expected.begin(), expected.end()))
      << testing::PrintToString(signals);
}

INSTANTIATE_TEST_SUITE_P(
    S0, ForgedReply,
    testing::Values(Case{"AsDumped", {}, true},
                    Case{"GenuineLost", {.outcome = Outcome::kForgedOnly}, false},
                    Case{"NothingBetweenGreetingAndRcpt", {.middle = Middle::kCut}, true},
                    Case{"NothingBetweenAndGenuineLost",
                         {.outcome = Outcome::kForgedOnly, .middle = Middle::kCut},
                         false},
                    Case{"WithTheOmittedPackets", {.middle = Middle::kReconstructed}, true},
                    Case{"Ipv6", {.ipv6 = true}, true},
                    Case{"Vlan", {.wrapping = Wrapping::kVlan}, true},
                    Case{"QinQ", {.wrapping = Wrapping::kQinQ}, true},
                    Case{"Pppoe", {.wrapping = Wrapping::kPppoe}, true}),
    [](const auto& tested) { return tested.param.name; });

TEST(ForgedReplyText, IsToldAsItStoodInThePacket) {
  const ReplayResult result = verdict_on({forged_reply_trace()});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->forged_text, Optional(std::string("500 error")));
  EXPECT_THAT(result.incidents[0].forgery->forged_code, Optional(500));
  EXPECT_THAT(result.incidents[0].summary, HasSubstr("forged reply \"500 error\" from 7 hops away "
                                                     "(server 203.131.198.80:25 is 15 away)"));
  EXPECT_THAT(result.incidents[0].summary, HasSubstr("The bounce was not the server's."));
}

TEST(ForgedReplyText, MayBeThatOfTheOtherBounces) {
  const ReplayResult result = verdict_on({forged_reply_trace({.forged_text = kForged551})});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->forged_text,
              Optional(std::string("551 User not local; please try <forward-path>")));
}

TEST(ForgedReplyPackets, AreAllShownOnceAndOnlyTheForgedOneIsMarked) {
  const ReplayResult result = verdict_on({forged_reply_trace()});
  ASSERT_EQ(result.incidents.size(), 1U);
  const std::vector<PacketRow>& packets = result.incidents[0].packets;
  EXPECT_EQ(packets.size(), forged_reply_trace().size());
  const auto suspects = std::count_if(packets.begin(), packets.end(),
                                      [](const PacketRow& packet) { return packet.suspect; });
  EXPECT_EQ(suspects, 1);
  EXPECT_TRUE(std::is_sorted(packets.begin(), packets.end(),
                             [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; }));
}

TEST(ForgedReplyPackets, ShowNoMailboxName) {
  const ReplayResult result = verdict_on({forged_reply_trace()});
  ASSERT_EQ(result.incidents.size(), 1U);
  for (const PacketRow& packet : result.incidents[0].packets) {
    EXPECT_THAT(packet.text, testing::Not(HasSubstr("jimgree")));
  }
}

TEST(ForgedReplyOnTwoInterfaces, IsOneIncident) {
  const auto packets = forged_reply_trace();
  const ReplayResult result = verdict_on({packets, packets});
  EXPECT_EQ(result.incidents.size(), 1U);
}

TEST(CleanSession, RaisesNothing) {
  EXPECT_EQ(verdict_on({forged_reply_trace({.outcome = Outcome::kGenuine})}).incidents.size(), 0U);
}

TEST(Retransmission, RaisesNothing) {
  EXPECT_EQ(verdict_on({forged_reply_trace({.outcome = Outcome::kRetransmitted})}).incidents.size(),
            0U);
}

}  // namespace
}  // namespace mxray::test
