// SPDX-License-Identifier: Apache-2.0
// Which resets make an incident, and is it about the right one of them?
#include <gmock/gmock.h>

#include <algorithm>

#include "support/conversation.h"
#include "support/session.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

Conversation greeted_conversation() {
  Conversation conversation(25);
  conversation.handshake().server("220 mx ready\r\n").client("EHLO pc\r\n");
  return conversation;
}

std::string seen_of(const Incident& incident, const std::string& signal) {
  const auto found =
      std::find_if(incident.evidence.begin(), incident.evidence.end(),
                   [&](const Evidence& evidence) { return evidence.signal == signal; });
  return found == incident.evidence.end() ? "" : found->seen;
}

TEST(ForgedResetVerdict, IsAboutTheForeignResetNotAboutTheOneBeforeIt) {
  Conversation conversation = greeted_conversation();
  conversation.server_reset()
      .server_reset([](Packet& packet) { packet.ttl(60); })
      .server("250 mx\r\n");
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_THAT(incident.forgery->forged_ttl, Optional(60));
  EXPECT_EQ(seen_of(incident, "reset_ttl"), "60");
  EXPECT_EQ(incident.summary,
            "forged reset in the name of server 203.0.113.25:25: TTL 60≠52, 2 resets. The server "
            "went on afterwards.");
  EXPECT_THAT(incident.remedy, HasSubstr("`mxray trace 203.0.113.25:25`"));
}

TEST(ForgedResetVerdict, SendsNobodyToTheServersRoutersIfTheClientsNameWasUsed) {
  Conversation conversation = greeted_conversation();
  conversation.server("250 mx\r\n");
  conversation.client_reset([](Packet& packet) { packet.ttl(120); }).client("NOOP\r\n");
  const ReplayResult result = verdict_on({conversation.packets()});
  ASSERT_EQ(result.incidents.size(), 1U);
  const Incident& incident = result.incidents[0];
  EXPECT_THAT(incident.forgery->impersonated, Optional(std::string("client")));
  EXPECT_EQ(incident.summary,
            "forged reset in the name of client 192.0.2.10:40001: TTL 120≠64. The client went on "
            "afterwards.");
  EXPECT_THAT(incident.remedy, HasSubstr("between 192.0.2.10 and this gateway"));
  EXPECT_THAT(incident.remedy, Not(HasSubstr("mxray trace")));
}

TEST(ForgedResetVerdict, CountsAHostThatGoesOnWhereTheLowestOfSeveralResetsStood) {
  Session smtp;
  smtp.handshake().server("220 mx ready\r\n").client("EHLO pc\r\n");
  for (const std::uint32_t ahead : {0U, 1460U, 4380U}) {
    smtp.forged(Session::kServer, "", {57, 64, false, 0, false}, kReset, ahead);
  }
  smtp.server("250 mx\r\n");
  std::vector<TimedPacket> packets;
  for (const Session::Step& step : smtp.steps()) packets.push_back(step.packet);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_NE(seen_of(result.incidents[0], "alive_after_reset"), "");
  EXPECT_EQ(result.incidents[0].confidence, Confidence::kCertain);
}

TEST(ForgedResetVerdict, NeedsMoreThanAHostThatGoesOnAfterItsUsualReset) {
  Conversation conversation = greeted_conversation();
  conversation.server_reset().server("250 mx\r\n");
  EXPECT_TRUE(verdict_on({conversation.packets()}).incidents.empty());
}

}  // namespace
}  // namespace mxray::test
