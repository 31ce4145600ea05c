// SPDX-License-Identifier: Apache-2.0
// S1: is it known who waited, for how long, and for what?
#include <gmock/gmock.h>

#include <algorithm>

#include "metrics/metrics.h"
#include "support/lookup_trace.h"
#include "support/packet_builder.h"
#include "support/traces.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Optional;

constexpr double kMillisecond = 0.001;

TEST(IdentStall, OuterSideAloneTellsTheStall) {
  const ReplayResult result = verdict_on({ident_stall_outer_trace(IdentCase::kDropped)});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_EQ(incident.kind, Kind::kIdentStall);
  EXPECT_EQ(incident.confidence, Confidence::kCertain);
  const Waiting& waiting = *incident.waiting;
  EXPECT_THAT(waiting.stall_seconds, Optional(DoubleNear(29.960, kMillisecond)));
  EXPECT_THAT(waiting.ident_queries, Optional(4));
  EXPECT_THAT(waiting.ident_outcome, Optional(std::string("dropped")));
  EXPECT_THAT(waiting.greeting_delay_seconds, Optional(DoubleNear(34.535, kMillisecond)));
  EXPECT_THAT(waiting.handshake, Optional(DoubleNear(0.189, kMillisecond)));
  EXPECT_THAT(waiting.repeated_synack, Optional(DoubleNear(4.194, kMillisecond)));
  EXPECT_THAT(waiting.ident, Optional(DoubleNear(29.960, kMillisecond)));
  EXPECT_THAT(waiting.rest, Optional(DoubleNear(0.192, kMillisecond)));
  EXPECT_EQ(incident.inside_client, std::nullopt);
  EXPECT_FALSE(incident.ongoing);
}

TEST(IdentStall, BothSidesNameTheInsideClientInOneIncident) {
  const auto outer = ident_stall_outer_trace(IdentCase::kDropped);
  const auto inner = ident_stall_inner_trace(IdentCase::kDropped);
  for (const auto& sides : {std::vector{outer, inner}, std::vector{inner, outer}}) {
    const ReplayResult result = verdict_on(sides);
    ASSERT_EQ(result.incidents.size(), 1U);
    const Incident& incident = result.incidents[0];
    EXPECT_EQ(incident.kind, Kind::kIdentStall);
    ASSERT_TRUE(incident.inside_client.has_value());
    EXPECT_EQ(to_string(*incident.inside_client), "192.168.1.200:1523");
    EXPECT_EQ(to_string(incident.client), "218.104.68.171:42390");
    EXPECT_THAT(incident.summary,
                HasSubstr("ident stall: 192.168.1.200 (as 218.104.68.171) waited 34.3 s for the "
                          "POP3 greeting of 220.160.160.160:110; it sent 4 ident SYNs to "
                          "218.104.68.171:113, none answered, dropped at this gateway. Refuse "
                          "port 113 with a TCP reset."));
    EXPECT_THAT(incident.remedy, HasSubstr("reject with tcp reset"));
  }
}

TEST(IdentStall, ShowsTheQueriesAmongThePackets) {
  const ReplayResult result = verdict_on({ident_stall_outer_trace(IdentCase::kDropped)});
  ASSERT_EQ(result.incidents.size(), 1U);
  const auto& packets = result.incidents[0].packets;
  const auto queries = std::count_if(packets.begin(), packets.end(), [](const PacketRow& packet) {
    return packet.what.starts_with("ident SYN");
  });
  EXPECT_EQ(queries, 4);
}

TEST(IdentRefused, RaisesNothingAndIsCounted) {
  const ReplayResult result = verdict_on(
      {ident_stall_outer_trace(IdentCase::kReset), ident_stall_inner_trace(IdentCase::kReset)});
  EXPECT_EQ(result.incidents.size(), 0U);
  MetricsInput input;
  input.kernel = result.stats;
  input.totals = result.totals;
  EXPECT_THAT(render_metrics(input), HasSubstr("mxray_ident_queries_total{outcome=\"reset\"} 1"));
}

TEST(InnerSideAlone, IsASlowGreetingWhoseCauseIsNotSeen) {
  const ReplayResult result = verdict_on({ident_stall_inner_trace(IdentCase::kDropped)});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_EQ(incident.kind, Kind::kSlowGreeting);
  EXPECT_THAT(incident.waiting->greeting_delay_seconds, Optional(DoubleNear(34.535, kMillisecond)));
  EXPECT_EQ(incident.waiting->stall_seconds, std::nullopt);
  EXPECT_EQ(to_string(incident.client), "192.168.1.200:1523");
}

// The trace without the packets that `drop` names.
std::vector<TimedPacket> without(std::vector<TimedPacket> packets, std::size_t from,
                                 std::size_t count) {
  const auto begin = packets.begin() + static_cast<std::ptrdiff_t>(from);
  packets.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  return packets;
}

TEST(IdentStall, IsRaisedWhileItLasts) {
  // Everything up to the fourth query; the greeting has not come yet. A last
  // packet of another connection lets time pass.
  auto packets = ident_stall_outer_trace(IdentCase::kDropped);
  packets.resize(9);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_EQ(result.incidents[0].kind, Kind::kIdentStall);
  EXPECT_TRUE(result.incidents[0].ongoing);
  EXPECT_EQ(result.incidents[0].waiting->greeting_delay_seconds, std::nullopt);
  ASSERT_EQ(result.flows.size(), 1U);
  EXPECT_EQ(result.flows[0].state, FlowState::kWaiting);
  EXPECT_GT(result.flows[0].waiting_seconds.value_or(0), 20);
  EXPECT_EQ(result.flows[0].ident_queries, 4U);
}

TEST(IdentStall, WhoseEndIsNeverSeenDoesNotGoOnForEver) {
  auto packets = ident_stall_outer_trace(IdentCase::kDropped);
  packets.resize(9);
  TimedPacket later = packets.front();  // of another connection, twenty minutes on
  later.time_ns += 1'200'000'000'000ULL;
  later.frame = Packet()
                    .ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
                    .ipv4("192.0.2.1", "198.51.100.25")
                    .tcp(40000, 25)
                    .flags(kSyn)
                    .build();
  packets.push_back(later);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_FALSE(result.incidents[0].ongoing);
  for (const FlowView& flow : result.flows) EXPECT_NE(flow.state, FlowState::kWaiting);
}

TEST(IdentStall, PartsOfTheWaitAddUpEvenIfTheSynAckCameAgainAfterTheQuery) {
  // Packet 3 is the repeated SYN-ACK; it is moved behind the second query.
  auto packets = ident_stall_outer_trace(IdentCase::kDropped);
  packets[3].time_ns = packets[6].time_ns + 1'000'000;
  std::swap(packets[3], packets[4]);
  std::rotate(packets.begin() + 4, packets.begin() + 5, packets.begin() + 7);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Waiting& waiting = *result.incidents[0].waiting;
  EXPECT_GT(*waiting.repeated_synack, 7);
  EXPECT_NEAR(*waiting.handshake + *waiting.repeated_synack + *waiting.ident + *waiting.rest,
              *waiting.greeting_delay_seconds, kMillisecond);
}

TEST(SlowGreetingWithoutQueries, IsNoIdentStall) {
  const auto packets = without(ident_stall_outer_trace(IdentCase::kDropped), 5, 4);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_EQ(result.incidents[0].kind, Kind::kSlowGreeting);
}

TEST(ScanOfPort113, RaisesNothing) {
  std::vector<TimedPacket> packets;
  for (std::uint16_t i = 0; i < 200; ++i) {
    packets.push_back({1'700'000'000'000'000'000ULL + i * 50'000'000ULL,
                       Packet()
                           .ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
                           .ipv4("198.51.100.7", "192.0.2." + std::to_string(i % 250 + 1))
                           .tcp(static_cast<std::uint16_t>(40000 + i), 113)
                           .seq(i)
                           .flags(kSyn)
                           .build()});
  }
  const ReplayResult result = verdict_on({packets});
  EXPECT_EQ(result.incidents.size(), 0U);
  EXPECT_EQ(result.stats.counters[core::COUNT_IDENT_UNRELATED], 200U);
}

class SlowByLookup : public testing::TestWithParam<bool> {};

TEST_P(SlowByLookup, SaysWhatTheServerAskedTheDns) {
  const ReplayResult result = verdict_on({lookup_trace({.ipv6 = GetParam()})});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_EQ(incident.kind, Kind::kSlowGreeting);
  const std::string seen =
      GetParam() ? "the name of 2001:db8::10 (3 questions to 2001:db8::53, no answer for 15.0 s)"
                 : "the name of 192.0.2.10 (3 questions to 10.0.0.53, no answer for 15.0 s)";
  EXPECT_THAT(incident.summary, HasSubstr("asked the DNS for " + seen));
  EXPECT_THAT(incident.remedy, HasSubstr("resolver does not answer in time"));
  EXPECT_THAT(incident.evidence,
              testing::Contains(testing::Field(&Evidence::signal, testing::Eq("server_lookup"))));
}

TEST_P(SlowByLookup, SaysWhenTheAnswerCameLate) {
  const ReplayResult result = verdict_on({lookup_trace({.answered = true, .ipv6 = GetParam()})});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].summary, HasSubstr("answered after 12.0 s"));
}

INSTANTIATE_TEST_SUITE_P(Ip, SlowByLookup, testing::Bool());

}  // namespace
}  // namespace mxray::test
