// SPDX-License-Identifier: Apache-2.0
// Are probes sent in a sensible order, and are hops known when they should be?
//
// A made-up network answers: each router after a delay of its own, or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "trace/schedule.h"

namespace mxray::trace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kStart = 1'000'000 * kMs;

core::address router(int distance, int number = 0) {
  return parse_address("10.77." + std::to_string(distance) + "." + std::to_string(number + 1))
      .value();
}
const core::address kServer = parse_address("203.0.113.25").value();

struct Network {
  int server_distance = 15;                  // 0: behind something that drops silently
  std::uint64_t delay_per_hop_ns = 3 * kMs;  // there and back
  AnswerKind server_answer = AnswerKind::kSynAck;
  /// Whether the n-th probe (from 0) to a distance is answered.
  std::function<bool(int distance, int attempt)> answers = [](int, int) { return true; };
};

struct Traced {
  std::vector<Hop> hops;
  std::map<int, int> sent;  // probes by distance
  std::uint64_t duration_ns = 0;
  std::uint64_t least_gap_ns = ~0ULL;
};

Traced travel(Schedule& schedule, const Network& network) {
  Traced result;
  std::multimap<std::uint64_t, Probe> arrivals;
  std::uint64_t now = kStart;
  std::uint64_t last_sent = 0;
  for (int steps = 0; !schedule.finished(); ++steps) {
    if (steps > 100'000) ADD_FAILURE() << "the schedule does not end";
    if (steps > 100'000) break;
    while (!arrivals.empty() && arrivals.begin()->first <= now) {
      const auto [time, probe] = *arrivals.begin();
      arrivals.erase(arrivals.begin());
      const bool at_server =
          network.server_distance > 0 && probe.distance >= network.server_distance;
      schedule.take(probe.number, at_server ? network.server_answer : AnswerKind::kTimeExceeded, 0,
                    at_server ? kServer : router(probe.distance), time);
    }
    while (auto hop = schedule.next_final(now)) result.hops.push_back(*std::move(hop));
    if (schedule.finished()) break;
    if (const auto probe = schedule.next(now)) {
      if (last_sent != 0) result.least_gap_ns = std::min(result.least_gap_ns, now - last_sent);
      last_sent = now;
      const int attempt = result.sent[probe->distance]++;
      const auto place = static_cast<std::uint64_t>(
          network.server_distance > 0 ? std::min(probe->distance, network.server_distance)
                                      : probe->distance);
      if (network.answers(probe->distance, attempt)) {
        arrivals.emplace(now + place * network.delay_per_hop_ns, *probe);
      }
    }
    std::uint64_t next = schedule.wake_at(now);
    if (!arrivals.empty()) next = std::min(next, arrivals.begin()->first);
    now = std::max(next, now);
  }
  result.duration_ns = now - kStart;
  return result;
}

std::vector<int> silent(const Traced& traced) {
  std::vector<int> distances;
  for (const Hop& hop : traced.hops) {
    if (hop.addresses.empty()) distances.push_back(hop.distance);
  }
  return distances;
}

TEST(Schedule, FindsEveryHopAndTheServer) {
  Schedule schedule{{}};
  const Traced traced = travel(schedule, {});
  ASSERT_EQ(traced.hops.size(), 15U);
  EXPECT_EQ(schedule.server_distance(), 15);
  EXPECT_TRUE(schedule.open());
  for (const Hop& hop : traced.hops) {
    EXPECT_THAT(hop.addresses, ElementsAre(hop.distance < 15 ? router(hop.distance) : kServer));
    EXPECT_EQ(hop.probes, 3);
    EXPECT_EQ(hop.answers, 3);
    EXPECT_DOUBLE_EQ(hop.rtt_ms.value(), 3.0 * hop.distance);
  }
}

TEST(Schedule, IsPoliteAndQuick) {
  Schedule schedule{{}};
  const Traced traced = travel(schedule, {});
  EXPECT_GE(traced.least_gap_ns, 20 * kMs);
  EXPECT_LT(traced.duration_ns, 2000 * kMs);
  int beyond = 0;
  for (const auto& [distance, count] : traced.sent) beyond += distance > 15 ? count : 0;
  EXPECT_LE(beyond, 6);
}

TEST(Schedule, NeverSendsFartherThanItsWindowBeyondWhatAnswered) {
  Schedule schedule{{}};
  int farthest = 0;
  for (std::uint64_t now = kStart; now < kStart + 900 * kMs; now += kMs) {
    if (const auto probe = schedule.next(now)) farthest = std::max(farthest, probe->distance);
  }
  EXPECT_EQ(farthest, 6);
}

TEST(Schedule, GivesASilentRouterAllItsProbesAndGoesOn) {
  Schedule schedule{{}};
  Network network;
  network.answers = [](int distance, int) { return distance != 4 && distance != 5; };
  const Traced traced = travel(schedule, network);
  EXPECT_THAT(silent(traced), ElementsAre(4, 5));
  EXPECT_EQ(traced.hops[3].probes, 3);
  EXPECT_EQ(traced.hops[3].answers, 0);
  EXPECT_FALSE(traced.hops[3].rtt_ms);
  EXPECT_EQ(schedule.server_distance(), 15);
  EXPECT_LT(traced.duration_ns, 3000 * kMs);
}

TEST(Schedule, CountsLostAnswersOfAHop) {
  Schedule schedule{{}};
  Network network;
  network.answers = [](int distance, int attempt) { return distance != 7 || attempt == 2; };
  const Traced traced = travel(schedule, network);
  EXPECT_THAT(traced.hops[6].addresses, ElementsAre(router(7)));
  EXPECT_EQ(traced.hops[6].answers, 1);
  EXPECT_EQ(traced.hops[6].probes, 3);
}

TEST(Schedule, FindsTheServersDistanceThoughItsFirstAnswersAreLost) {
  Schedule schedule{{}};
  Network network;
  network.answers = [](int distance, int attempt) { return distance != 15 || attempt == 2; };
  const Traced traced = travel(schedule, network);
  EXPECT_EQ(schedule.server_distance(), 15);
  EXPECT_EQ(traced.hops.size(), 15U);
}

TEST(Schedule, GivesUpAtTheLastHopIfTheServerIsSilent) {
  Schedule schedule{{}};
  Network network;
  network.server_distance = 0;
  network.answers = [](int distance, int) { return distance <= 8; };
  const Traced traced = travel(schedule, network);
  EXPECT_EQ(traced.hops.size(), 30U);
  EXPECT_FALSE(schedule.server_distance());
  EXPECT_EQ(traced.sent.rbegin()->first, 30);
  EXPECT_LT(traced.duration_ns, 10'000 * kMs);
}

TEST(Schedule, TakesAResetForTheServerButNotForAnOpenPort) {
  Schedule schedule{{}};
  Network network;
  network.server_answer = AnswerKind::kReset;
  travel(schedule, network);
  EXPECT_EQ(schedule.server_distance(), 15);
  EXPECT_FALSE(schedule.open());
}

TEST(Schedule, OneHopAwayIsAWholeRoute) {
  Schedule schedule{{.probes = 1}};
  Network network;
  network.server_distance = 1;
  const Traced traced = travel(schedule, network);
  EXPECT_EQ(traced.hops.size(), 1U);
  EXPECT_EQ(schedule.server_distance(), 1);
}

// The probes of a schedule whose answers the test gives by hand.
std::vector<Probe> send_all(Schedule& schedule, std::uint64_t& now) {
  std::vector<Probe> probes;
  for (; now < kStart + 600 * kMs; now += 20 * kMs) {
    if (const auto probe = schedule.next(now)) probes.push_back(*probe);
  }
  return probes;
}

TEST(Schedule, CountsADuplicateAnswerOnce) {
  Schedule schedule{{.max_hops = 1}};
  std::uint64_t now = kStart;
  const std::vector<Probe> probes = send_all(schedule, now);
  ASSERT_EQ(probes.size(), 3U);
  for (int i = 0; i < 5; ++i) {
    schedule.take(probes[0].number, AnswerKind::kTimeExceeded, 0, router(1), now);
  }
  const auto hop = schedule.next_final(now + 2000 * kMs);
  ASSERT_TRUE(hop);
  EXPECT_EQ(hop->answers, 1);
}

TEST(Schedule, IgnoresAnswersToProbesThatWereNeverSent) {
  Schedule schedule{{.max_hops = 1}};
  std::uint64_t now = kStart;
  send_all(schedule, now);
  for (const std::uint32_t number : {3U, 4U, 0x7fffffffU, 0xffffffffU}) {
    schedule.take(number, AnswerKind::kSynAck, 0, kServer, now);
  }
  EXPECT_FALSE(schedule.server_distance());
  EXPECT_THAT(schedule.unfinished(), IsEmpty());
}

TEST(Schedule, IgnoresAnAnswerThatComesWhenItsHopIsKnownForGood) {
  Schedule schedule{{.max_hops = 2}};
  std::uint64_t now = kStart;
  const std::vector<Probe> probes = send_all(schedule, now);
  now += 2000 * kMs;
  ASSERT_TRUE(schedule.next_final(now));
  schedule.take(probes[0].number, AnswerKind::kSynAck, 0, kServer, now);
  EXPECT_FALSE(schedule.server_distance());
}

TEST(Schedule, NamesTheMostFrequentOfParallelRoutersFirst) {
  Schedule schedule{{.max_hops = 1}};
  std::uint64_t now = kStart;
  const std::vector<Probe> probes = send_all(schedule, now);
  schedule.take(probes[0].number, AnswerKind::kTimeExceeded, 0, router(1, 0), now);
  schedule.take(probes[1].number, AnswerKind::kTimeExceeded, 0, router(1, 1), now);
  schedule.take(probes[2].number, AnswerKind::kTimeExceeded, 0, router(1, 1), now);
  const auto hop = schedule.next_final(now);
  ASSERT_TRUE(hop);
  EXPECT_THAT(hop->addresses, ElementsAre(router(1, 1), router(1, 0)));
}

TEST(Schedule, EndsAtTheRouterThatRefusesThoughItsRefusalAnswersTheNextProbe) {
  Schedule schedule{{}};
  std::uint64_t now = kStart;
  for (const Probe& probe : send_all(schedule, now)) {
    if (probe.distance <= 2) {
      schedule.take(probe.number, AnswerKind::kTimeExceeded, 0, router(probe.distance), now);
    } else {
      schedule.take(probe.number, AnswerKind::kUnreachable, 13, router(2), now);
    }
  }
  EXPECT_TRUE(schedule.next_final(now));
  EXPECT_TRUE(schedule.next_final(now));
  EXPECT_TRUE(schedule.finished());
  ASSERT_TRUE(schedule.obstacle());
  EXPECT_EQ(schedule.obstacle()->distance, 2);
  EXPECT_EQ(schedule.obstacle()->from, router(2));
  EXPECT_EQ(schedule.obstacle()->icmp_code, 13);
}

TEST(Schedule, BrokenOffTellsWhatIsKnownUpToTheLastAnswer) {
  Schedule schedule{{}};
  std::uint64_t now = kStart;
  for (const Probe& probe : send_all(schedule, now)) {
    if (probe.distance == 1 || probe.distance == 3) {
      schedule.take(probe.number, AnswerKind::kTimeExceeded, 0, router(probe.distance), now);
    }
  }
  const std::vector<Hop> hops = schedule.unfinished();
  ASSERT_EQ(hops.size(), 3U);
  EXPECT_THAT(hops[1].addresses, IsEmpty());
  EXPECT_THAT(hops[2].addresses, ElementsAre(router(3)));
}

}  // namespace
}  // namespace mxray::trace
