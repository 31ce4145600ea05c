// SPDX-License-Identifier: Apache-2.0
// Does a server that several boxes answer for stay without certain suspicion, and
// does it become known?
#include <gmock/gmock.h>

#include "support/session.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using enum Session::Side;

constexpr Handwriting kBalancer = {.ttl = 57, .ip_id = 0, .window = 0};
constexpr Handwriting kOldBox = {.ttl = 49, .ip_id = 37316, .window = 0x16A0};
constexpr Handwriting kNewBox = {
    .ttl = 121, .ip_id = 512, .dont_fragment = false, .window = 0x2000};

SessionOptions nth_connection(int number) {
  const auto shift = static_cast<std::uint32_t>(number);
  return {.client_port = static_cast<std::uint16_t>(40'000 + number),
          .client_isn = 0x2E68FF24 + shift * 0x10000,
          .server_isn = 0x1527A9A1 + shift * 0x10000,
          .start_seconds = 60.0 * number};
}

void append(std::vector<TimedPacket>& packets, const Session& session) {
  for (const Session::Step& step : session.steps()) packets.push_back(step.packet);
}

void talk_to(Session& smtp, const Handwriting& box) {
  smtp.hand(kServer) = box;
  smtp.server("220 mx ready\r\n").client("EHLO pc\r\n").server("250 mx\r\n");
  for (int i = 0; i < 3; ++i) smtp.client("NOOP\r\n").server("250 2.0.0 Ok\r\n");
  smtp.finish();
}

TEST(ServerOfSeveralBoxes, IsAccusedOnceWhenABoxIsAddedAndNotWithCertainty) {
  std::vector<TimedPacket> packets;
  for (int i = 0; i < 10; ++i) {
    Session smtp(nth_connection(i));
    smtp.hand(kServer) = kBalancer;
    smtp.handshake();
    talk_to(smtp, i < 4 ? kOldBox : kNewBox);
    append(packets, smtp);
  }
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_EQ(result.incidents[0].confidence, Confidence::kProbable);
}

TEST(ServerOfSeveralBoxes, IsKnownAfterThreeConnectionsIfOneAcknowledgesWhatAnotherAnswers) {
  std::vector<TimedPacket> packets;
  for (int i = 0; i < 10; ++i) {
    Session smtp(nth_connection(i));
    smtp.hand(kServer) = kBalancer;
    smtp.handshake().wait(101).packet(kServer, "", kAck);
    talk_to(smtp, kNewBox);
    append(packets, smtp);
  }
  const ReplayResult result = verdict_on({packets});
  EXPECT_LE(result.incidents.size(), 3U);
  for (const Incident& incident : result.incidents) {
    EXPECT_LE(incident.confidence, Confidence::kProbable);
  }
}

// Behind a firewall that takes the timestamps off, so that one signal is there.
TEST(ServerOfSeveralBoxes, IsNotAccusedIfTheVeryBoxAnswersThatAnsweredTheHandshake) {
  std::vector<TimedPacket> packets;
  for (int i = 0; i < 5; ++i) {
    Session smtp(nth_connection(i));
    smtp.hand(kServer) = i < 4 ? kOldBox : kNewBox;
    smtp.handshake();
    Handwriting box = smtp.hand(kServer);
    box.timestamps = i < 4;
    talk_to(smtp, box);
    append(packets, smtp);
  }
  EXPECT_TRUE(verdict_on({packets}).incidents.empty());
}

TEST(ServerOfSeveralBoxes, IsNotAccusedIfTheBoxInFrontAcknowledgesWhatAnotherAnswers) {
  Session smtp;
  smtp.hand(kServer) = kBalancer;
  smtp.handshake().wait(101).packet(kServer, "", kAck);
  talk_to(smtp, kNewBox);
  std::vector<TimedPacket> packets;
  append(packets, smtp);
  EXPECT_TRUE(verdict_on({packets}).incidents.empty());
}

TEST(ServerOfSeveralBoxes, IsKnownByTheAcknowledgementsOfTheBoxBehindTheBalancer) {
  Session smtp;
  smtp.hand(kServer) = kBalancer;
  smtp.handshake();
  smtp.hand(kServer) = kOldBox;
  smtp.client("EHLO pc\r\n").after(101).packet(kServer, "", kAck);
  smtp.forged(kServer, "554 go away\r\n", kNewBox);
  std::vector<TimedPacket> packets;
  append(packets, smtp);
  const ReplayResult result = verdict_on({packets});
  ASSERT_EQ(result.incidents.size(), 1U);
  EXPECT_EQ(result.incidents[0].evidence.at(0).expected, "49 in its acknowledgements");
}

TEST(ServerOfSeveralBoxes, IsNotWhereAForgerAnswersAKnownServersGreeting) {
  std::vector<TimedPacket> packets;
  for (int i = 0; i < 10; ++i) {
    Session smtp(nth_connection(i));
    smtp.hand(kServer) = kOldBox;
    smtp.handshake();
    if (i >= 4) smtp.forged(kServer, "554 go away\r\n", kNewBox);
    talk_to(smtp, kOldBox);
    append(packets, smtp);
  }
  EXPECT_EQ(verdict_on({packets}).incidents.size(), 6U);
}

}  // namespace
}  // namespace mxray::test
