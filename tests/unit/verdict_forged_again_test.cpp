// SPDX-License-Identifier: Apache-2.0
// Does the verdict on a forged packet stand, whatever else comes?
#include <gmock/gmock.h>

#include <algorithm>

#include "analysis/weights.h"
#include "support/conversation.h"
#include "support/session.h"
#include "support/traces.h"
#include "unit/variant_verdicts.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

constexpr std::uint32_t kForgedAt = 2'000'001 + 14 + 8;  // behind greeting and EHLO's reply

void forge(Packet& packet) { packet.ttl(60).dont_fragment(false).window(0).ip_id(64); }

// A forged reply to RCPT, then the genuine one for the same 11 bytes.
Conversation forged_conversation() {
  Conversation conversation(25);
  conversation.handshake()
      .server("220 mx ready\r\n")
      .client("EHLO pc\r\n")
      .server("250 mx\r\n")
      .client("RCPT TO:<a@example.org>\r\n")
      .server("500 error\r\n", forge)
      .server("250 fine.\r\n", [](Packet& packet) { packet.seq(kForgedAt); });
  return conversation;
}

bool tells(const Incident& incident, const std::string& signal) {
  return std::any_of(incident.evidence.begin(), incident.evidence.end(),
                     [&](const Evidence& evidence) { return evidence.signal == signal; });
}

TEST(ForgedReplyVerdict, IsNotWateredDownByAGenuineReplyThatDiffersInLittle) {
  Conversation conversation = forged_conversation();
  conversation.client("RSET\r\n").server("250 Ok\r\n", [](Packet& packet) {
    packet.seq(kForgedAt + 11).dont_fragment(false);
  });
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_THAT(incident.forgery->forged_text, Optional(std::string("500 error")));
  EXPECT_THAT(incident.forgery->forged_ttl, Optional(60));
  EXPECT_TRUE(tells(incident, "window_zero"));
  EXPECT_GE(incident.score, weight::kCertain + weight::kWindowZero);
}

TEST(ForgedReplyVerdict, TellsOfOnePacketEvenIfThereAreTwo) {
  Conversation conversation = forged_conversation();
  conversation.client("RCPT TO:<b@example.org>\r\n").server("551 other\r\n", [](Packet& packet) {
    forge(packet);
    packet.seq(kForgedAt + 11).ttl(61);
  });
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Forgery& forgery = *result.incidents[0].forgery;
  EXPECT_THAT(forgery.forged_text, Optional(std::string("500 error")));
  EXPECT_THAT(forgery.genuine_text, Optional(std::string("250 fine.")));
  EXPECT_THAT(forgery.forged_ttl, Optional(60));
}

TEST(ForgedReplyVerdict, TurnsToALaterPacketThatIsClearer) {
  Conversation conversation(25);
  conversation.handshake()
      .server("220 mx ready\r\n")
      .client("EHLO pc\r\n")
      .server("250 mx\r\n", [](Packet& packet) { packet.ttl(60).dont_fragment(false); })
      .client("RCPT TO:<a@example.org>\r\n")
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.org>\r\n")
      .server("500 error\r\n", forge);
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->forged_text, Optional(std::string("500 error")));
  EXPECT_TRUE(tells(result.incidents[0], "window_zero"));
}

TEST(ForgedReplyVerdict, TakesTheSecondOfTwoForgedRepliesForNoGenuineOne) {
  Session smtp;
  smtp.handshake().server("220 mx ready\r\n").client("EHLO pc\r\n").server("250 mx\r\n");
  smtp.client("RCPT TO:<jim@livedoor.com>\r\n");
  smtp.forged(Session::kServer, "551 one\r\n", {57, 64, false, 4096, false});
  smtp.after(60).forged(Session::kServer, "554 two\r\n", {201, 64, false, 4096, false});
  smtp.server("250 Ok\r\n").finish();
  std::vector<TimedPacket> packets;
  for (const Session::Step& step : smtp.steps()) packets.push_back(step.packet);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->genuine_text, Optional(std::string("250 Ok")));
}

// A mimic that copies even the IP ID, and whose reply is as long as the genuine one.
TEST(ForgedReplyVerdict, MarksOfTwoPacketsThatDifferInTheirContentTheForgedOne) {
  Session smtp;
  smtp.handshake().server("220 mx ready\r\n").client("EHLO pc\r\n").server("250 mx\r\n");
  smtp.client("RCPT TO:<jim@livedoor.com>\r\n");
  Handwriting copied = smtp.hand(Session::kServer);
  ++copied.ip_id;
  smtp.forged(Session::kServer, "550 No\r\n", copied).server("250 Ok\r\n").finish();
  std::vector<TimedPacket> packets;
  for (const Session::Step& step : smtp.steps()) packets.push_back(step.packet);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->forged_text, Optional(std::string("550 No")));
  EXPECT_THAT(result.incidents[0].forgery->genuine_text, Optional(std::string("250 Ok")));
  expect_marks(result.incidents[0]);
}

TEST(ForgedReplyVerdict, IsGivenHoweverManyOddRepliesCameBefore) {
  Conversation conversation(25);
  conversation.handshake().server("220 mx ready\r\n");
  for (int i = 0; i < 30; ++i) {
    conversation.client("NOOP\r\n").server("250 Ok\r\n", [i](Packet& packet) {
      packet.dont_fragment(i % 2 != 0);
    });
  }
  conversation.client("RCPT TO:<a@example.org>\r\n").server("500 error\r\n", forge);
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_THAT(result.incidents[0].forgery->forged_text, Optional(std::string("500 error")));
}

TEST(ForgedReplyOnThreeInterfaces, IsOneIncident) {
  const auto packets = forged_reply_trace();
  EXPECT_EQ(verdict_on({packets, packets, packets}).incidents.size(), 1U);
}

TEST(ForgedResetOnThreeInterfaces, IsOneIncident) {
  Conversation conversation(25);
  conversation.handshake()
      .server("220 mx ready\r\n")
      .client("EHLO pc\r\n")
      .server_reset([](Packet& packet) { packet.ttl(60); })
      .server("250 mx\r\n");
  const auto& packets = conversation.packets();
  EXPECT_EQ(verdict_on({packets, packets, packets}).incidents.size(), 1U);
}

TEST(ForgedCommand, IsToldInTheClientsName) {
  Conversation conversation(25);
  conversation.handshake()
      .server("220 mx ready\r\n")
      .client("EHLO pc\r\n")
      .server("250 mx\r\n")
      .client("RSET\r\n", [](Packet& packet) { packet.ttl(120).dont_fragment(false).window(0); });
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_THAT(incident.summary, HasSubstr("in the name of client 192.0.2.10:40001"));
  EXPECT_THAT(incident.remedy, HasSubstr("client's name"));
  EXPECT_THAT(incident.remedy, Not(HasSubstr("mxray trace")));
  EXPECT_THAT(incident.forgery->impersonated, Optional(std::string("client")));
  EXPECT_EQ(incident.forgery->server_hops, std::nullopt);
  EXPECT_THAT(incident.forgery->forger_hops, Optional(8));
}

}  // namespace
}  // namespace mxray::test
