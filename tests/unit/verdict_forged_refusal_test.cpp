// SPDX-License-Identifier: Apache-2.0
// Does a refusal that was forged count as the server's?
#include <gmock/gmock.h>

#include "support/session.h"
#include "unit/refused_mail.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// The hosts of S0; the server has been asked and has not answered.
Session up_to_recipient() {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.net\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n");
  return session;
}

std::vector<TimedPacket> packets_of(const Session& session) {
  std::vector<TimedPacket> packets;
  for (const auto& step : session.steps()) packets.push_back(step.packet);
  return packets;
}

TEST(ForgedRefusal, NeverCountsAsTheServers) {
  Session session = up_to_recipient();
  session
      .forged(Session::kServer, "550 5.7.25 no PTR record\r\n",
              {.ttl = 57, .ip_id = 64, .dont_fragment = false, .window = 0, .timestamps = false})
      .server("250 Ok\r\n")
      .wait(5000)
      .finish();
  const ReplayResult result = verdict_on({packets_of(session)});
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_EQ(result.incidents[0].kind, Kind::kForgedReply);
  EXPECT_EQ(counted(result), Reasons{});
}

// He copies every header: nothing but the genuine reply gives him away.
TEST(ForgedRefusal, OfAMimicDoesNotCountEither) {
  Session session = up_to_recipient();
  Handwriting copied = session.hand(Session::kServer);
  ++copied.ip_id;
  session.after(100).forged(Session::kServer, "550 5.7.25 no PTR record\r\n", copied);
  session.server("250 Ok\r\n").wait(5000).finish();
  EXPECT_THAT(rejected_of(verdict_on({packets_of(session)})), SizeIs(0));
}

// The reset is the incident, and the forged reply its evidence.
TEST(ForgedRefusal, OfAMimicWhoCutTheConnectionFirstDoesNotCountEither) {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.net\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .forged(Session::kServer, "", {57, 64, false, 0, false}, kReset | kAck)
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n");
  Handwriting copied = session.hand(Session::kServer);
  ++copied.ip_id;
  session.after(100).forged(Session::kServer, "552 you must authentication\r\n", copied);
  session.server("250 Ok\r\n").wait(5000).finish();
  const ReplayResult result = verdict_on({packets_of(session)});
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_EQ(result.incidents[0].kind, Kind::kForgedReset);
  EXPECT_EQ(result.incidents[0].evidence.back().signal, "forged_reply");
  EXPECT_THAT(result.flows[0].refusals, SizeIs(0));
}

// The genuine reply comes when the forged one has long been told.
TEST(ForgedRefusal, ThatIsContradictedLateIsWithdrawn) {
  Session session = up_to_recipient();
  Handwriting copied = session.hand(Session::kServer);
  ++copied.ip_id;
  copied.dont_fragment = false;
  session.after(120).forged(Session::kServer, "550 5.7.25 no PTR record\r\n", copied);
  session.after(9000).server("250 2.1.5 Ok, b is here\r\n").wait(5000).finish();
  const ReplayResult result = verdict_on({packets_of(session)});
  const auto rejected = rejected_of(result);
  ASSERT_THAT(result.incidents, SizeIs(2)) << "the forged_reply is told";
  ASSERT_THAT(rejected, SizeIs(1));
  EXPECT_THAT(rejected[0].summary, HasSubstr("withdrawn"));
  EXPECT_EQ(rejected[0].confidence, Confidence::kPossible);
  EXPECT_THAT(result.flows[0].refusals, SizeIs(0));
}

}  // namespace
}  // namespace mxray::test
