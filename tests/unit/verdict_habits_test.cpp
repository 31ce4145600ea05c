// SPDX-License-Identifier: Apache-2.0
// Is a server judged by what it usually does, across its connections?
#include <gmock/gmock.h>

#include <algorithm>

#include "support/conversation.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::Optional;

constexpr std::uint64_t kStart = 1'700'000'000'000'000'000ULL;
constexpr std::uint64_t kMinute = 60'000'000'000ULL;

using Packets = std::vector<TimedPacket>;

void append(Packets& to, const Packets& more) { to.insert(to.end(), more.begin(), more.end()); }

// One of several connections to the same server.
Conversation connection(int number) {
  Conversation conversation(25, static_cast<std::uint16_t>(40'000 + number));
  const auto isn = static_cast<std::uint32_t>(number) * 1'000'003U;
  conversation.isn(isn + 1, isn + 500'000)
      .at(kStart + static_cast<std::uint64_t>(number) * kMinute);
  return conversation;
}

Packets ordinary(int count) {
  Packets packets;
  for (int number = 0; number < count; ++number) {
    Conversation conversation = connection(number);
    conversation.handshake().server("220 mx ready\r\n").client("QUIT\r\n").server("221 bye\r\n");
    conversation.client_fin().server_fin();
    append(packets, conversation.packets());
  }
  return packets;
}

// Its first packet already: another TTL and DF than the SYN-ACK, nothing else.
Conversation forged_greeting(int number) {
  Conversation conversation = connection(number);
  conversation.handshake().server("554 go away\r\n",
                                  [](Packet& packet) { packet.ttl(60).dont_fragment(false); });
  return conversation;
}

TEST(ServerHabits, LetTheFirstPacketOfAConnectionBeJudged) {
  Packets packets = ordinary(3);
  append(packets, forged_greeting(3).packets());
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_EQ(result.incidents[0].client.port, 40'003);
  EXPECT_EQ(result.incidents[0].confidence, Confidence::kCertain);
  EXPECT_THAT(result.incidents[0].forgery->baseline_ttl, Optional(52));
  EXPECT_EQ(result.incidents[0].evidence.at(0).expected, "52 in its last 3 connections");
}

TEST(ServerHabits, AreNoneAfterTwoConnections) {
  Packets packets = ordinary(2);
  append(packets, forged_greeting(2).packets());
  EXPECT_EQ(verdict_on({packets}).incidents.size(), 0U);
}

TEST(ServerHabits, AreNotLearntFromForgedPackets) {
  Packets packets = ordinary(3);
  for (int number = 3; number < 20; ++number) append(packets, forged_greeting(number).packets());
  EXPECT_EQ(verdict_on({packets}).incidents.size(), 17U);
}

TEST(ServerHabits, AllowForAServerOfManyBoxes) {
  Packets packets;
  for (int number = 0; number < 6; ++number) {
    const auto ttl = static_cast<std::uint8_t>(number % 2 == 0 ? 52 : 107);
    Conversation conversation = connection(number);
    const auto box = [ttl](Packet& packet) { packet.ttl(ttl); };
    conversation.handshake().server("220 mx ready\r\n", box).client("QUIT\r\n");
    conversation.server("221 bye\r\n", box).client_fin().server_fin();
    append(packets, conversation.packets());
  }
  Conversation other_box = connection(6);
  other_box.handshake().server("220 mx ready\r\n",
                               [](Packet& packet) { packet.ttl(107).dont_fragment(false); });
  append(packets, other_box.packets());
  EXPECT_EQ(verdict_on({packets}).incidents.size(), 0U);
}

// A firewall takes the timestamps off everything behind the handshake, and the
// route becomes shorter on the way: two signals, neither of a forger.
Packets stripped(int count) {
  Packets packets;
  const auto strip = [](Packet& packet) { packet.no_tcp_options(); };
  for (int number = 0; number < count; ++number) {
    Conversation conversation = connection(number);
    conversation.handshake().server("220 mx ready\r\n", strip).client("EHLO pc\r\n", strip);
    conversation.server("250 mx\r\n", strip).client("NOOP\r\n", strip);
    const std::uint64_t asked = conversation.now_ns();
    conversation.server("250 Ok\r\n", strip).client("NOOP\r\n", strip);
    if (number > 0) conversation.at(conversation.now_ns() - 12'000'000);
    conversation.server("250 Ok\r\n", strip).client("QUIT\r\n", strip);
    conversation.at(asked + 10'000'000'000ULL).server("221 bye\r\n", strip);
    conversation.client_fin().server_fin();
    append(packets, conversation.packets());
  }
  return packets;
}

TEST(StrippedTimestamps, OfAllConnectionsRaiseNothing) {
  const ReplayResult result = verdict_on({stripped(4)});
  EXPECT_EQ(result.incidents.size(), 0U);
  for (const FlowView& flow : result.flows) EXPECT_NE(flow.state, FlowState::kWaiting);
}

TEST(StrippedTimestamps, HideNoForgerWithAnotherHandwriting) {
  Packets packets = stripped(4);
  Conversation conversation = connection(9);
  const auto strip = [](Packet& packet) { packet.no_tcp_options(); };
  conversation.handshake().server("220 mx ready\r\n", strip).client("EHLO pc\r\n", strip);
  conversation.server("250 mx\r\n", strip).client("NOOP\r\n", strip);
  conversation.server("250 Ok\r\n", strip).client("NOOP\r\n", strip);
  conversation.server("500 error\r\n", [&](Packet& packet) {
    strip(packet);
    packet.ttl(60).dont_fragment(false).window(0);
  });
  append(packets, conversation.packets());
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->forged_text, Optional(std::string("500 error")));
}

}  // namespace
}  // namespace mxray::test
