// SPDX-License-Identifier: Apache-2.0
// Where does each sighting put the forger, and what does it say of its doubts?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format_samples.h"
#include "path/placement.h"

namespace mxray {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kBetweenSixAndSeven = "behind hop 6 (210.53.126.2), before hop 7";

// The "500 error" of samples::path(), seen behind the gateway's routing.
Sighting inner_side() {
  return {.server_hops = 15, .forger_hops = 7, .delay_ms = 54.053, .forger_class = "simple"};
}

Sighting outer_side() {
  Sighting sighting = inner_side();
  sighting.server_hops = 14;
  sighting.forger_hops = 6;
  return sighting;
}

// The first `count` hops: the server does not answer.
Path path_of(int count) {
  Path path = samples::path();
  path.hops.resize(static_cast<std::size_t>(count));
  path.server_distance.reset();
  return path;
}

TEST(Placement, IsTheSameFromBothSidesOfTheGateway) {
  for (const Sighting& sighting : {inner_side(), outer_side()}) {
    const Placement placement = place(sighting, samples::path());
    EXPECT_EQ(placement.agreement, Agreement::kAgree);
    EXPECT_EQ(placement.ttl->nearest, 7);
    EXPECT_EQ(placement.ttl->farthest, 7);
    EXPECT_EQ(placement.delay->nearest, 5);
    EXPECT_EQ(placement.delay->farthest, 8);
    EXPECT_EQ(place_name(placement), kBetweenSixAndSeven);
  }
}

TEST(Placement, ReadsAsPlaceThenBothMeasurements) {
  EXPECT_EQ(sentence(place(inner_side(), samples::path())),
            "The forger is behind hop 6 (210.53.126.2), before hop 7: its TTL puts it between hop "
            "6 (210.53.126.2, 50.0 ms) and hop 7 (202.147.16.125, 50.2 ms), and its delay of 54.1 "
            "ms allows hops 5 to 8 and excludes hop 9 (103.0 ms) onwards; both agree.");
}

TEST(Placement, CountsTheGatewayByWhatIsKnownIfThePathDoesNotReachTheServer) {
  Sighting inner = inner_side();
  inner.after_routing = true;
  EXPECT_EQ(place_name(place(inner, path_of(12))), kBetweenSixAndSeven);
  Sighting outer = outer_side();
  outer.after_routing = false;
  EXPECT_EQ(place_name(place(outer, path_of(12))), kBetweenSixAndSeven);
}

TEST(Placement, GivesBothPlacesIfNothingTellsWhetherTheGatewayIsCounted) {
  const Placement placement = place(inner_side(), path_of(12));
  EXPECT_EQ(placement.ttl->nearest, 7);
  EXPECT_EQ(placement.ttl->farthest, 8);
  EXPECT_THAT(sentence(placement), AllOf(HasSubstr("behind hop 6 (210.53.126.2), before hop 8"),
                                         HasSubstr("before hop 7 or before hop 8")));
}

TEST(Placement, IsUncertainByWhatTheWaysThereAndBackDiffer) {
  Sighting longer = inner_side();  // than 15
  longer.server_hops = 17;
  longer.forger_hops = 9;
  const Placement back = place(longer, samples::path());
  EXPECT_EQ(back.ttl->asymmetry, -2);
  EXPECT_EQ(back.ttl->nearest, 7);
  EXPECT_EQ(back.ttl->farthest, 10);
  EXPECT_THAT(sentence(back), HasSubstr("way back from the server is 2 hops longer"));

  Sighting shorter = inner_side();
  shorter.after_routing = true;
  shorter.server_hops = 14;
  shorter.forger_hops = 6;
  const Placement there = place(shorter, samples::path());
  EXPECT_EQ(there.ttl->asymmetry, 1);
  EXPECT_EQ(there.ttl->nearest, 6);
  EXPECT_EQ(there.ttl->farthest, 7);
  EXPECT_THAT(sentence(there), HasSubstr("is 1 hop shorter"));
}

TEST(Placement, SaysThatADelayTooShortForTheTtlIsToBeTrusted) {
  Sighting sighting = inner_side();
  sighting.forger_hops = 12;
  const Placement placement = place(sighting, samples::path());
  EXPECT_EQ(placement.agreement, Agreement::kTooFar);
  EXPECT_THAT(sentence(placement),
              AllOf(HasSubstr("disagree"), HasSubstr("hop 11 (203.192.131.250"),
                    HasSubstr("excludes hop 9"), HasSubstr("trust the delay"),
                    Not(HasSubstr("The forger is"))));
}

TEST(Placement, AllowsThatAForgerWaited) {
  Sighting sighting = inner_side();
  sighting.forger_hops = 3;
  const Placement placement = place(sighting, samples::path());
  EXPECT_EQ(placement.agreement, Agreement::kTooNear);
  EXPECT_THAT(sentence(placement), AllOf(HasSubstr("disagree"), HasSubstr("waited")));
  sighting = inner_side();
  sighting.delay_ms = 300;
  EXPECT_THAT(sentence(place(sighting, samples::path())),
              AllOf(HasSubstr("longer than that of every hop"), HasSubstr("waited")));
}

TEST(Placement, AgreesOnTheLinkWhereTheDelayFallsBetweenTwoHops) {
  Sighting sighting = inner_side();
  sighting.delay_ms = 80;  // hop 8 is at 50 ms, hop 9 at 100
  sighting.forger_hops = 9;
  const Placement placement = place(sighting, samples::path());
  EXPECT_EQ(placement.agreement, Agreement::kAgree);
  EXPECT_THAT(sentence(placement), HasSubstr("delay of 80.0 ms puts it between hop 8"));
  sighting.forger_hops = 10;
  EXPECT_EQ(place(sighting, samples::path()).agreement, Agreement::kTooFar);
  sighting.forger_hops = 8;
  EXPECT_EQ(place(sighting, samples::path()).agreement, Agreement::kTooNear);
}

TEST(Placement, GoesByTheDelayAloneIfTheTtlIsNotHonest) {
  struct Case {
    const char* forger_class;
    const char* reason;
  };
  for (const auto& [forger_class, reason] :
       {Case{"constant_window", "at random"}, Case{"mimic", "copy"}, Case{"reflector", "copy"},
        Case{"", "tells nothing"}}) {
    Sighting sighting = inner_side();
    sighting.forger_hops.reset();
    sighting.forger_class = forger_class;
    const Placement placement = place(sighting, samples::path());
    EXPECT_EQ(placement.agreement, Agreement::kDelayOnly);
    EXPECT_THAT(sentence(placement),
                AllOf(HasSubstr("no farther than hop 8 (202.147.16.205)"),
                      HasSubstr("no nearer than hop 5 if it answered at once"), HasSubstr(reason)));
  }
}

TEST(Placement, GoesByTheTtlAloneWithoutADelay) {
  Sighting sighting = inner_side();
  sighting.delay_ms.reset();
  const Placement placement = place(sighting, samples::path());
  EXPECT_EQ(placement.agreement, Agreement::kTtlOnly);
  EXPECT_THAT(sentence(placement), HasSubstr(kBetweenSixAndSeven));
}

TEST(Placement, SaysThatNothingPlacesTheForger) {
  for (const Path& path : {samples::path(), Path{}}) {
    const Placement placement = place({}, path);
    EXPECT_EQ(placement.agreement, Agreement::kNothing);
    EXPECT_EQ(place_name(placement), "");
    EXPECT_THAT(sentence(placement), HasSubstr("Nothing places the forger"));
  }
}

TEST(Placement, BridgesHopsThatAreSilentOrSlowToAnswer) {
  Path path = samples::path();
  path.hops[5] = Hop{.distance = 6, .addresses = {}, .rtt_ms = std::nullopt, .probes = 3};
  path.hops[6].rtt_ms = 180;  // a busy router; the ones behind it answer in 50 ms
  const Placement placement = place(inner_side(), path);
  EXPECT_EQ(placement.delay->nearest, 5);
  EXPECT_EQ(placement.delay->farthest, 8);
  EXPECT_EQ(placement.agreement, Agreement::kAgree);
  EXPECT_THAT(sentence(placement), HasSubstr("behind hop 6 (did not answer), before hop 7"));
}

TEST(Placement, DoesNotExcludeASilentHop) {
  Path path = samples::path();
  path.hops[8] = Hop{.distance = 9};
  const Placement placement = place(inner_side(), path);
  EXPECT_EQ(placement.delay->farthest, 9);
  EXPECT_THAT(sentence(placement), HasSubstr("excludes hop 10 (99.7 ms)"));
}

TEST(Placement, NamesAFewParallelRouters) {
  Path path = samples::path();
  for (const char* other : {"192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
    path.hops[5].addresses.push_back(*parse_address(other));
  }
  EXPECT_THAT(place_name(place(inner_side(), path)),
              HasSubstr("behind hop 6 (210.53.126.2 or 192.0.2.2 or 192.0.2.3 or another)"));
}

TEST(Placement, HasWordsForBothEndsOfThePath) {
  Sighting sighting = inner_side();
  sighting.delay_ms.reset();
  const auto said = [&](int forger_hops, const Path& path) {
    sighting.forger_hops = forger_hops;
    return sentence(place(sighting, path));
  };
  EXPECT_THAT(said(1, samples::path()),
              HasSubstr("before hop 1 (210.83.214.161), in this network"));
  EXPECT_THAT(said(0, samples::path()),
              HasSubstr("before hop 1 (210.83.214.161), in this network"));
  EXPECT_THAT(said(15, samples::path()), HasSubstr("before the server (hop 15), so on the server"));
  EXPECT_THAT(said(16, samples::path()), HasSubstr("farther than the server itself"));
  EXPECT_THAT(said(30, samples::path()), HasSubstr("farther than the server itself"));
  sighting.after_routing = true;
  EXPECT_THAT(said(10, path_of(9)), HasSubstr("behind hop 9 (202.147.16.214)"));
  EXPECT_THAT(said(12, path_of(9)), HasSubstr("behind hop 9, where the path ends"));
}

TEST(Placement, ADelayShorterThanTheFirstHopIsInThisNetwork) {
  Path path = samples::path();
  for (Hop& hop : path.hops) *hop.rtt_ms += 20;
  Sighting sighting = inner_side();
  sighting.forger_hops.reset();
  sighting.delay_ms = 0.3;
  const Placement placement = place(sighting, path);
  EXPECT_EQ(placement.delay->farthest, 0);
  EXPECT_THAT(sentence(placement), HasSubstr("The forger is before the first hop"));
}

}  // namespace
}  // namespace mxray
