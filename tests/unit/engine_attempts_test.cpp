// SPDX-License-Identifier: Apache-2.0
// What is recorded of a connection that never stands?
#include <gmock/gmock.h>

#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSecond = 1'000'000'000;

std::vector<TimedPacket> syns(int count, std::uint32_t isn = 1000, std::uint64_t from = 0) {
  std::vector<TimedPacket> packets;
  for (int i = 0; i < count; ++i) {
    packets.push_back({(from + static_cast<std::uint64_t>(i)) * kSecond + 1,
                       Packet()
                           .ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
                           .ipv4("192.168.1.10", "110.88.12.88")
                           .tcp(40000, 25)
                           .seq(isn)
                           .flags(kSyn)
                           .option_mss(1460)
                           .build()});
  }
  return packets;
}

TimedPacket refusal(std::uint64_t time_ns, std::uint32_t isn = 1000) {
  return {time_ns, Packet()
                       .ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1})
                       .ipv4("110.88.12.88", "192.168.1.10")
                       .ttl(63)
                       .tcp(25, 40000)
                       .ack(isn + 1)
                       .flags(kReset | kAck)
                       .build()};
}

TEST(Attempt, OfOneSynMakesNoRecord) {
  EngineRun run;
  run.feed(syns(1));
  EXPECT_THAT(run.records(), IsEmpty());
}

TEST(Attempt, SentAgainMakesABoundedNumberOfRecords) {
  EngineRun run;
  run.feed(syns(100));
  const auto records = run.flows(core::RECORD_SYN_REPEATED);
  ASSERT_THAT(records, SizeIs(5));
  EXPECT_EQ(records[0].handshake.syn_count, 2U);
  EXPECT_EQ(records[0].handshake.client_isn, 1000U);
  EXPECT_EQ(records[0].handshake.syn_time_ns, 1U);
  EXPECT_EQ(records[0].handshake.syn_ack_count, 0U);
  EXPECT_EQ(records[0].header.time_ns, kSecond + 1);
  EXPECT_EQ(records[4].handshake.syn_count, 6U);
}

TEST(Attempt, RefusedMakesOneRecord) {
  EngineRun run;
  run.feed(syns(1)).feed({refusal(5), refusal(6)});
  const auto records = run.flows(core::RECORD_REFUSED);
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].close_reason, core::CLOSE_RESET_BY_SERVER);
  EXPECT_EQ(records[0].server.reset_ttl, 63U);
  EXPECT_EQ(records[0].handshake.client_isn, 1000U);
}

TEST(Attempt, RefusedOnAPortUsedBeforeIsNoResetOfTheOldConnection) {
  EngineRun run;
  const auto talk = [](std::uint32_t isn) {
    return Conversation(25).isn(isn, 2'000'000).handshake().server("220 mx\r\n");
  };
  auto old = talk(1'000'000);
  old.client_fin().server_fin();
  run.feed(old.packets());
  auto later = Conversation(25).isn(7'000'000, 0).at(old.now_ns() + 60 * kSecond).handshake();
  run.feed({later.packets()[0]});
  Packet reset;
  reset.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1})
      .ipv4("203.0.113.25", "192.0.2.10")
      .tcp(25, 40'001)
      .ack(7'000'001)
      .flags(kReset | kAck);
  run.feed({{later.now_ns(), reset.build()}});
  EXPECT_THAT(run.signals(), IsEmpty());
  EXPECT_THAT(run.flows(core::RECORD_REFUSED), SizeIs(1));
}

TEST(Attempt, FloodsAreReportedInSmallNumbersAndTheRestIsCounted) {
  EngineRun run;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto port = static_cast<std::uint16_t>(2000 + i);
    const std::uint64_t time_ns = kSecond + i * 500'000;
    Packet syn, reset;
    syn.ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2})
        .ipv4("192.168.1.10", "110.88.12.88")
        .tcp(port, 25)
        .seq(i)
        .flags(kSyn);
    reset.ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1})
        .ipv4("110.88.12.88", "192.168.1.10")
        .tcp(25, port)
        .ack(i + 1)
        .flags(kReset | kAck);
    run.feed({{time_ns, syn.build()}, {time_ns + 1000, reset.build()}});
  }
  EXPECT_THAT(run.flows(core::RECORD_REFUSED), SizeIs(256));
  EXPECT_EQ(run.count(core::COUNT_ATTEMPTS_SUPPRESSED), 744U);
}

TEST(Attempt, ThatSucceedsAfterARepeatedSynOpensTheFlow) {
  EngineRun run;
  Conversation session(25);
  session.handshake();
  auto packets = session.packets();
  packets.insert(packets.begin() + 1, {packets[0].time_ns + 1'000'000, packets[0].frame});
  run.feed(packets);
  EXPECT_THAT(run.flows(core::RECORD_SYN_REPEATED), SizeIs(1));
  ASSERT_THAT(run.flows(core::RECORD_FLOW_OPENED), SizeIs(1));
  EXPECT_EQ(run.flows(core::RECORD_FLOW_OPENED)[0].handshake.syn_count, 2U);
}

}  // namespace
}  // namespace mxray::test
