// SPDX-License-Identifier: Apache-2.0
// What was waited for: late answers, lost handshakes, many interfaces, many flows?
#include <gmock/gmock.h>

#include <algorithm>
#include <ctime>
#include <span>

#include "analysis/analyzer.h"
#include "support/conversation.h"
#include "support/packet_builder.h"
#include "support/traces.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr char kServer[] = "203.0.113.25";
constexpr char kClient[] = "192.0.2.10";

Packet ident_packet(bool from_server, unsigned flags) {
  Packet packet;
  packet.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1});
  packet.ipv4(from_server ? kServer : kClient, from_server ? kClient : kServer);
  packet.tcp(from_server ? 5555 : 113, from_server ? 113 : 5555).seq(77).flags(flags);
  return packet;
}

// Queries 0 and 3 s after the handshake, `answer` after 9 s, then the greeting.
ReplayResult answered_after_nine_seconds(unsigned answer) {
  Conversation conversation(25);
  conversation.handshake();
  const std::uint64_t start = conversation.now_ns();
  conversation.wait(9 * kSecondNs).server("220 mx ready\r\n");
  auto packets = conversation.packets();
  const Bytes query = ident_packet(true, kSyn).build();
  packets.insert(packets.begin() + 3,
                 {{start + kSecondNs / 100, query},
                  {start + 3 * kSecondNs, query},
                  {start + 9 * kSecondNs, ident_packet(false, answer).build()}});
  return verdict_on({packets});
}

TEST(LateIdentAnswer, IsAnIdentStallAndNeverAtOnce) {
  for (const auto& [answer, word] :
       {std::pair{kReset | kAck, "refused"}, std::pair{kSyn | kAck, "answered"}}) {
    const ReplayResult result = answered_after_nine_seconds(static_cast<unsigned>(answer));
    ASSERT_EQ(result.incidents.size(), 1U);
    const Incident& incident = result.incidents[0];
    EXPECT_EQ(incident.kind, Kind::kIdentStall);
    EXPECT_THAT(incident.summary, HasSubstr(std::string("only ") + word + " after 9.0 s"));
    EXPECT_THAT(incident.waiting->stall_seconds, Optional(DoubleNear(9, 0.1)));
  }
}

TEST(LostSyns, AreNotBlamedOnTheGreeting) {
  Conversation conversation(25);
  auto packets = conversation.handshake().server("220 mx ready\r\n").packets();
  for (std::size_t i = 1; i < packets.size(); ++i) packets[i].time_ns += 7 * kSecondNs;
  TimedPacket repeated = packets[0];
  for (const std::uint64_t second : {3, 2}) {
    repeated.time_ns = packets[0].time_ns + second * kSecondNs;
    packets.insert(packets.begin() + 1, repeated);
  }
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].summary, HasSubstr("The handshake took the time (SYNs: 3"));
  EXPECT_THAT(result.incidents[0].remedy, Not(HasSubstr("greet delay")));
  EXPECT_EQ(result.incidents[0].evidence.at(0).seen, "7.0 s");
}

TEST(ClientThatSpoke, DidNotGiveUpWaiting) {
  Conversation conversation(25);
  conversation.handshake()
      .client("EHLO pc\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .wait(9 * kSecondNs)
      .client_fin()
      .server_fin();
  EXPECT_EQ(verdict_on({conversation.packets()}).incidents.size(), 0U);
}

TEST(GreetingWhoseRecordWasLost, IsNoMissingGreeting) {
  std::size_t raised = 0;
  Analyzer analyzer({}, [&raised](const Incident&) { ++raised; });
  core::record_flow record{};
  record.header = {.version = RECORD_VERSION,
                   .type = core::RECORD_FLOW_OPENED,
                   .protocol = core::PROTOCOL_SMTP,
                   .size = sizeof record,
                   .time_ns = 100 * kSecondNs,
                   .flow = {}};
  record.header.flow.server_port = 25;
  record.handshake.syn_time_ns = 100 * kSecondNs;
  analyzer.consume(std::as_bytes(std::span(&record, 1)));
  record.header.type = core::RECORD_FLOW_CLOSED;
  record.header.time_ns = 108 * kSecondNs;
  record.greeted = 1;
  analyzer.consume(std::as_bytes(std::span(&record, 1)));
  EXPECT_EQ(raised, 0U);
}

TEST(LongestWait, IsThatOfTheClientThatStillWaitsAndCameFirst) {
  Analyzer analyzer({}, [](const Incident&) {});
  const auto open = [&analyzer](std::uint16_t client_port, std::uint64_t seconds) {
    core::record_flow record{};
    record.header = {.version = RECORD_VERSION,
                     .type = core::RECORD_FLOW_OPENED,
                     .protocol = core::PROTOCOL_SMTP,
                     .size = sizeof record,
                     .time_ns = seconds * kSecondNs,
                     .flow = {}};
    record.header.flow.server_port = 25;
    record.header.flow.client_port = client_port;
    record.handshake.client_isn = client_port;
    record.handshake.syn_time_ns = seconds * kSecondNs;
    analyzer.consume(std::as_bytes(std::span(&record, 1)));
    return record;
  };
  const auto longest_at = [&analyzer](std::uint64_t seconds) {
    analyzer.tick(seconds * kSecondNs);
    return analyzer.totals().longest_wait_seconds;
  };
  EXPECT_EQ(longest_at(90), 0);
  core::record_flow first = open(1000, 100);
  open(1001, 102);
  EXPECT_DOUBLE_EQ(longest_at(104), 4);
  EXPECT_DOUBLE_EQ(longest_at(105), 5);
  first.header.type = core::RECORD_FLOW_CLOSED;
  first.header.time_ns = 105 * kSecondNs;
  analyzer.consume(std::as_bytes(std::span(&first, 1)));
  EXPECT_DOUBLE_EQ(longest_at(106), 4);
  EXPECT_EQ(longest_at(2000), 0) << "nobody waits that long";
}

TEST(IdentStallOnThreeInterfaces, IsOneIncident) {
  const auto outer = ident_stall_outer_trace(IdentCase::kDropped);
  const auto inner = ident_stall_inner_trace(IdentCase::kDropped);
  for (const auto& sides : {std::vector{outer, inner, inner}, std::vector{outer, outer, inner},
                            std::vector{inner, inner, outer}}) {
    const ReplayResult result = verdict_on(sides);
    ASSERT_EQ(result.incidents.size(), 1U);
    EXPECT_EQ(result.incidents[0].kind, Kind::kIdentStall);
    EXPECT_TRUE(result.incidents[0].inside_client.has_value());
  }
}

TEST(IdentStallOnTwoInterfaces, IsAmendedByWhatHappensNotByEverySecond) {
  const auto outer = ident_stall_outer_trace(IdentCase::kDropped);
  const ReplayResult result = verdict_on({outer, outer});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_LT(result.incidents[0].amendments, 6U);
}

TEST(ManyWaitingFlowsAndManyQueries, AreJoinedInLinearTime) {
  // 20,000 connections of 2,000 clients that wait, and as many queries about
  // them: comparing each with each took minutes.
  std::vector<TimedPacket> packets;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::uint64_t now = 1'700'000'000 * kSecondNs + i * 1'000'000ULL;
    const std::string client =
        "10.1." + std::to_string(i % 2000 / 250) + "." + std::to_string(i % 250 + 1);
    const auto port = static_cast<std::uint16_t>(10'000 + i);
    const auto from = [&](bool server, std::uint16_t source, std::uint16_t destination) {
      Packet packet;
      packet.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2});
      packet.ipv4(server ? kServer : client, server ? client : kServer).tcp(source, destination);
      return packet;
    };
    packets.push_back({now, from(false, port, 25).seq(i).flags(kSyn).build()});
    packets.push_back(
        {now + 10, from(true, 25, port).seq(i).ack(i + 1).flags(kSyn | kAck).build()});
    packets.push_back({now + 20, from(true, port, 113).seq(i).flags(kSyn).build()});
  }
  const std::clock_t start = std::clock();
  EXPECT_EQ(verdict_on({packets}).packets, packets.size());
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 15);
}

}  // namespace
}  // namespace mxray::test
