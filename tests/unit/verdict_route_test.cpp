// SPDX-License-Identifier: Apache-2.0
// Does a route that changes under a connection stay without suspicion?
#include <gmock/gmock.h>

#include <algorithm>

#include "support/conversation.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kStart = 1'700'000'000'000'000'000ULL;
constexpr std::uint64_t kSecond = 1'000'000'000ULL;
constexpr std::uint64_t kMillisecond = 1'000'000ULL;

// Replies that come 8 ms after their command where the handshake took 20, with
// another TTL: the path has become shorter.
Conversation shorter_route(const Conversation::Change& change) {
  Conversation conversation(25);
  conversation.at(kStart)
      .handshake()
      .server("220 mx ready\r\n")
      .client("EHLO pc\r\n")
      .server("250 mx\r\n");
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const std::uint64_t then = kStart + i * kSecond;
    conversation.at(then).client("NOOP\r\n").at(then - 12 * kMillisecond);
    conversation.server("250 fine\r\n", change);
  }
  return conversation;
}

TEST(ShorterRoute, RaisesNothing) {
  const ReplayResult result =
      verdict_on({shorter_route([](Packet& packet) { packet.ttl(60); }).packets()});
  EXPECT_EQ(result.incidents.size(), 0U);
}

TEST(ShorterRoute, HidesNoForgerWithAnotherHandwriting) {
  const ReplayResult result = verdict_on(
      {shorter_route([](Packet& packet) { packet.ttl(60).dont_fragment(false); }).packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_EQ(result.incidents[0].kind, Kind::kForgedReply);
}

TEST(FlappingRoute, RaisesNothing) {
  Conversation conversation(25);
  conversation.handshake().server("220 mx ready\r\n");
  for (std::uint8_t i = 0; i < 12; ++i) {
    conversation.client("NOOP\r\n").server("250 fine\r\n", [i](Packet& packet) {
      packet.ttl(static_cast<std::uint8_t>(48 + i % 3));
    });
  }
  EXPECT_EQ(verdict_on({conversation.packets()}).incidents.size(), 0U);
}

TEST(ResetThatOvertookData, RaisesNothing) {
  Conversation conversation(25);
  conversation.handshake().server("220 mx ready\r\n").client("QUIT\r\n").server("221 bye\r\n");
  conversation.server_reset([](Packet& packet) { packet.ttl(200); });
  auto packets = conversation.packets();
  std::swap(packets[packets.size() - 1].frame, packets[packets.size() - 2].frame);
  EXPECT_EQ(verdict_on({packets}).incidents.size(), 0U);
}

}  // namespace
}  // namespace mxray::test
