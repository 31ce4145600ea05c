// SPDX-License-Identifier: Apache-2.0
// Do the forgeries of one forger at one time make one wave, and no others?
#include "analysis/waves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "base/address.h"
#include "made_up_forgeries.h"
#include "support/cpu_time.h"

namespace mxray {

inline bool operator==(const Share& a, const Share& b) {
  return a.value == b.value && a.count == b.count;
}
inline void PrintTo(const Share& share, std::ostream* out) {
  *out << share.count << " " << share.value;
}

namespace {

using made_up::bare_reset;
using made_up::endpoint;
using made_up::forgery;
using made_up::forgery_of_class;
using made_up::forgery_with_ttl;
using made_up::kHour;
using made_up::kSecond;
using made_up::kStart;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::size_t> counts(const std::vector<Wave>& waves) {
  std::vector<std::size_t> counts;
  for (const Wave& wave : waves) counts.push_back(wave.count());
  return counts;
}

TEST(Waves, AreNoneWithoutForgeries) {
  EXPECT_THAT(group_into_waves({}), IsEmpty());
  Incident stall = forgery(0);
  stall.kind = Kind::kIdentStall;
  Incident greeting = forgery(0);
  greeting.kind = Kind::kSlowGreeting;
  EXPECT_THAT(group_into_waves({stall, greeting}), IsEmpty());
}

TEST(Waves, TellWhenTheyBeganAndEndedAndWhatTheyHold) {
  Incident reset = forgery(30 * kSecond, 2);
  reset.kind = Kind::kForgedReset;
  reset.confidence = Confidence::kProbable;
  const auto waves = group_into_waves({reset, forgery(0, 1), forgery(kHour, 3)});
  ASSERT_EQ(waves.size(), 1U);
  const Wave& wave = waves.front();
  EXPECT_EQ(wave.start_ns, kStart);
  EXPECT_EQ(wave.end_ns, kStart + kHour);
  EXPECT_EQ(wave.replies, 2U);
  EXPECT_EQ(wave.resets, 1U);
  EXPECT_EQ(wave.certain, 2U);
  EXPECT_EQ(wave.forger.forger_class, "simple");
  EXPECT_EQ(wave.forger.window_rule, "0");
  EXPECT_EQ(wave.forger.least_ttl, 57);
  EXPECT_EQ(wave.forger.most_ttl, 57);
}

TEST(Waves, GoOnAcrossAPauseOfExactlyTheGapAndEndAfterALongerOne) {
  const std::uint64_t gap = 1800 * kSecond;
  EXPECT_THAT(counts(group_into_waves({forgery(0, 1), forgery(gap, 2)}, gap)), ElementsAre(2));
  EXPECT_THAT(counts(group_into_waves({forgery(0, 1), forgery(gap + 1, 2)}, gap)),
              ElementsAre(1, 1));
}

TEST(Waves, MayLastLongerThanTheGap) {
  std::vector<Incident> incidents;
  for (unsigned i = 0; i < 10; ++i) incidents.push_back(forgery(i * kHour, i));
  EXPECT_THAT(counts(group_into_waves(incidents)), ElementsAre(10));
}

TEST(Waves, OfAGapOfZeroHoldWhatHappenedAtOneMoment) {
  EXPECT_THAT(counts(group_into_waves({forgery(0, 1), forgery(0, 2), forgery(1, 3)}, 0)),
              ElementsAre(2, 1));
}

TEST(Waves, AreApartByClassAndWindowRule) {
  Incident other_window = forgery(0, 2);
  other_window.forgery->window_rule = "8192";
  const auto waves =
      group_into_waves({forgery(0, 1), other_window, forgery_of_class("mimic", 57, 0, 3)});
  EXPECT_THAT(counts(waves), ElementsAre(1, 1, 1));
}

TEST(Waves, TakeOneStepOfTtlForOneForgerOnParallelRoutes) {
  const auto waves = group_into_waves(
      {forgery_with_ttl(57, 0, 1), forgery_with_ttl(56, 1, 2), forgery_with_ttl(57, 2, 3)});
  ASSERT_THAT(counts(waves), ElementsAre(3));
  EXPECT_EQ(waves[0].forger.least_ttl, 56);
  EXPECT_EQ(waves[0].forger.most_ttl, 57);
}

TEST(Waves, DoNotCreepFromOneTtlToTheNext) {
  const auto waves = group_into_waves(
      {forgery_with_ttl(55, 0, 1), forgery_with_ttl(56, 1, 2), forgery_with_ttl(57, 2, 3)});
  ASSERT_THAT(counts(waves), ElementsAre(2, 1));
  EXPECT_EQ(waves[0].forger.most_ttl, 56);
  EXPECT_EQ(waves[1].forger.least_ttl, 57);
}

TEST(Waves, TakeAForgeryWithTheirOwnTtlBeforeAnotherWaveWidensToIt) {
  const auto waves = group_into_waves({forgery_with_ttl(56, 0, 1), forgery_with_ttl(58, 1, 2),
                                       forgery_with_ttl(58, 2, 3), forgery_with_ttl(57, 3, 4),
                                       forgery_with_ttl(57, 4, 5)});
  ASSERT_THAT(counts(waves), ElementsAre(2, 3));
  EXPECT_EQ(waves[0].forger.least_ttl, 58);  // ended first
  EXPECT_EQ(waves[1].forger.least_ttl, 56);  // the oldest of equals took 57
  EXPECT_EQ(waves[1].forger.most_ttl, 57);
}

TEST(Waves, IgnoreATtlThatIsNoHopCount) {
  for (const char* name : {"constant_window", "reflector", "mimic"}) {
    const auto waves =
        group_into_waves({forgery_of_class(name, 40, 0, 1), forgery_of_class(name, 201, 1, 2)});
    ASSERT_THAT(counts(waves), ElementsAre(2)) << name;
    EXPECT_EQ(waves[0].forger.least_ttl, std::nullopt) << name;
    EXPECT_EQ(waves[0].forger.most_ttl, std::nullopt) << name;
  }
}

TEST(Waves, KeepUnknownSignaturesApartFromKnownOnes) {
  Incident no_ttl = forgery(0, 2);
  no_ttl.forgery->forged_ttl.reset();
  Incident no_window = forgery(0, 3);
  no_window.forgery->window_rule.reset();
  const auto waves =
      group_into_waves({forgery(0, 1), no_ttl, no_window, bare_reset(0, 4), bare_reset(1, 5)});
  EXPECT_THAT(counts(waves), ElementsAre(1, 1, 1, 2));
  EXPECT_EQ(waves[3].forger.forger_class, std::nullopt);
}

TEST(Waves, CountWhatIsUnknownAsUnknown) {
  const auto waves = group_into_waves({bare_reset(0, 1), bare_reset(1, 2)});
  ASSERT_EQ(waves.size(), 1U);
  EXPECT_EQ(waves[0].commands.unknown, 2U);
  EXPECT_EQ(waves[0].commands.known(), 0U);
  EXPECT_EQ(waves[0].protocols.unknown, 2U);
  EXPECT_EQ(waves[0].texts.unknown, 0U);  // a reset says nothing
  Incident wordless = forgery(0);
  wordless.forgery->forged_text.reset();
  EXPECT_EQ(group_into_waves({wordless})[0].texts.unknown, 1U);
}

TEST(Waves, TallyTheMostFrequentFirstAndEqualsByValue) {
  std::vector<Incident> incidents;
  for (unsigned i = 0; i < 6; ++i) incidents.push_back(forgery(i, i));
  incidents[0].forgery->forged_text = "551 User not local";
  incidents[1].forgery->trigger_command = "MAIL FROM";
  incidents[2].forgery->trigger_command = "DATA";
  incidents[3].server = endpoint("203.131.198.81", 25);
  incidents[4].server = endpoint("203.131.199.80", 465);
  incidents[5].client = endpoint("10.4.1.5", 1);
  const Wave wave = group_into_waves(incidents).at(0);
  EXPECT_THAT(wave.texts.shares,
              ElementsAre(Share{"500 error", 5}, Share{"551 User not local", 1}));
  EXPECT_THAT(wave.commands.shares,
              ElementsAre(Share{"RCPT TO", 4}, Share{"DATA", 1}, Share{"MAIL FROM", 1}));
  EXPECT_THAT(wave.networks.shares,
              ElementsAre(Share{"203.131.198.0/24", 5}, Share{"203.131.199.0/24", 1}));
  EXPECT_THAT(wave.servers.shares,
              ElementsAre(Share{"203.131.198.80", 4}, Share{"203.131.198.81", 1},
                          Share{"203.131.199.80", 1}));
  EXPECT_THAT(wave.clients.shares, ElementsAre(Share{"10.4.1.4", 5}, Share{"10.4.1.5", 1}));
  EXPECT_THAT(wave.protocols.shares, ElementsAre(Share{"smtp", 6}));
  EXPECT_EQ(wave.commands.known(), 6U);
}

TEST(Waves, NameTheInsideClientWhereItIsKnown) {
  Incident behind_nat = forgery(0, 1);
  behind_nat.inside_client = endpoint("192.168.1.9", 1523);
  const Wave wave = group_into_waves({behind_nat, forgery(1, 2)}).at(0);
  EXPECT_THAT(wave.clients.shares, ElementsAre(Share{"10.4.1.4", 1}, Share{"192.168.1.9", 1}));
}

TEST(Waves, NameTheForgeryThatIsClearest) {
  Incident clear = forgery(1, 2);
  clear.score = 12;
  Incident as_clear = forgery(2, 3);
  as_clear.score = 12;
  EXPECT_EQ(group_into_waves({forgery(0, 1), as_clear, clear}).at(0).clearest, "000000000002");
}

TEST(Waves, ComeWithTheOneThatEndedLastAtTheEnd) {
  const auto waves = group_into_waves({forgery_of_class("mimic", 1, 0, 1),
                                       forgery_of_class("mimic", 1, 50 * kSecond, 2),
                                       forgery(10 * kSecond, 3), forgery(20 * kSecond, 4)});
  ASSERT_EQ(waves.size(), 2U);
  EXPECT_EQ(waves[0].forger.forger_class, "simple");
  EXPECT_EQ(waves[1].forger.forger_class, "mimic");
}

TEST(Waves, DoNotDependOnTheOrderOfTheIncidents) {
  std::vector<Incident> incidents;
  for (unsigned i = 0; i < 7; ++i) incidents.push_back(forgery_with_ttl(55 + i % 4, 0, i));
  incidents.push_back(forgery_of_class("mimic", 9, 0, 7));
  const auto ids = [](const std::vector<Wave>& waves) {
    std::string text;
    for (const Wave& wave : waves) text += fmt::format("{}x{} ", wave.clearest, wave.count());
    return text;
  };
  const std::string expected = ids(group_into_waves(incidents));
  for (int turn = 0; turn < 8; ++turn) {
    std::rotate(incidents.begin(), incidents.begin() + 3, incidents.end());
    EXPECT_EQ(ids(group_into_waves(incidents)), expected);
  }
}

TEST(Waves, GroupTenThousandForgeriesOfAnyMixWithoutAThought) {
  std::vector<Incident> incidents;
  for (unsigned i = 0; i < 10'000; ++i) {
    incidents.push_back(forgery_with_ttl(static_cast<int>(i * 7 % 256), i * kSecond, i));
    incidents.back().server = endpoint(fmt::format("198.18.{}.{}", i / 256, i % 256), 25);
    if (i % 2 == 0) incidents.back().forgery->window_rule = std::to_string(i);
  }
  const auto start = test::cpu_time();
  const auto waves = group_into_waves(incidents);
  EXPECT_LT(test::cpu_time() - start, std::chrono::seconds(5));
  std::size_t grouped = 0;
  for (const Wave& wave : waves) grouped += wave.count();
  EXPECT_EQ(grouped, 10'000U);
}

TEST(NetworkOf, IsWhatOneNetworkUsuallyGets) {
  const struct {
    const char* address;
    const char* network;
  } cases[] = {
      {"203.131.198.80", "203.131.198.0/24"},
      {"0.0.0.0", "0.0.0.0/24"},
      {"::ffff:203.131.198.80", "203.131.198.0/24"},  // v4-mapped is IPv4
      {"2001:db8:cb:1:2:3:4:5", "2001:db8:cb::/48"},
      {"2001:db8::25", "2001:db8::/48"},
      {"::1", "::/48"},
  };
  for (const auto& [address, network] : cases) {
    EXPECT_EQ(network_of(*parse_address(address)), network);
  }
}

}  // namespace
}  // namespace mxray
