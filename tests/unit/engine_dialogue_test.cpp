// SPDX-License-Identifier: Apache-2.0
// Which lines of the dialogue reach userspace, and how much of each?
#include <gmock/gmock.h>

#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Conversation greeted() {
  Conversation session(25);
  session.handshake().server("220 mx.example.org ESMTP\r\n");
  return session;
}

std::vector<core::record_dialogue> lines(const Conversation& session) {
  EngineRun run;
  run.feed(session.packets());
  auto all = run.dialogue();
  if (!all.empty()) all.erase(all.begin());  // the greeting
  return all;
}

TEST(Dialogue, KeepsTheWholeNameOfTheClient) {
  const std::string name = "a-rather-long-host-name-of-a-mail-relay.eu-central.example.org";
  const auto records = lines(greeted().client("EHLO " + name + "\r\n"));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(text_of(records[0]), name);
}

TEST(Dialogue, CutsAnArgumentThatNeverEnds) {
  const auto records = lines(greeted().client("EHLO " + std::string(500, 'a') + "\r\n"));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(text_of(records[0]), std::string(96, 'a'));
}

TEST(Dialogue, KeepsTheWholeDomainOfTheSender) {
  const std::string domain = "bounces.newsletter.a-rather-long-domain.example.org";
  const auto records = lines(greeted().client("MAIL FROM:<someone@" + domain + "> SIZE=1\r\n"));
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(text_of(records[0]), domain);
}

TEST(Dialogue, OfACommandWithoutArgumentHasNoText) {
  auto session = greeted();
  session.client("EHLO relay.example.org\r\n").server("250 STARTTLS\r\n").client("STARTTLS\r\n");
  const auto records = lines(session);
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[2].verb, core::VERB_STARTTLS);
  EXPECT_EQ(text_of(records[2]), "");
}

TEST(Dialogue, ShowsRefusalsBehindAPositiveReply) {
  auto session = greeted();
  session.client("MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n");
  const std::string replies =
      "250 2.1.0 Ok\r\n550 5.7.1 Client host rejected\r\n554 5.5.1 no valid recipients\r\n";
  session.server(replies);
  const auto records = lines(session);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[1].reply_code, 250U);
  EXPECT_EQ(text_of(records[1]), replies);
}

TEST(Dialogue, SeesTheSecondLineBehindALongFirst) {
  auto session = greeted();
  session.client("MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n");
  session.server("250 2.1.0 " + std::string(45, 'x') + "\r\n550 5.1.1 unknown\r\n");
  EXPECT_THAT(lines(session), SizeIs(2));
}

TEST(Dialogue, OfFetchedMailIsNoRecord) {
  Conversation session(110);
  session.handshake().server("+OK ready\r\n").client("RETR 1\r\n");
  session.server("+OK 1234 octets\r\nSubject: sEcReT\r\n\r\nsEcReT\r\n.\r\n");
  EngineRun run;
  run.feed(session.packets());
  EXPECT_FALSE(run.anything_holds("sEcReT"));
  EXPECT_THAT(run.dialogue(), SizeIs(1));  // the greeting
}

// Of what the client resends, the part that is compared with the first copy begins
// elsewhere than its line.
TEST(Dialogue, IsReadFromItsOwnLineWhateverItIsComparedWith) {
  Conversation session(25);
  session.handshake().client("EHLO early.example.org\r\n").client("MAIL FROM:<sEcReT@a.org>\r\n");
  session.server("220 mx.example.org\r\n");
  const std::uint32_t begins = 1'000'001;  // behind the SYN
  session.client("x", [&](Packet& packet) {
    packet.seq(begins).payload("EHLO early.example.org\r\nMAIL FROM:<sEcReT@a.org>\r\n");
  });
  EngineRun run;
  run.feed(session.packets());
  EXPECT_FALSE(run.anything_holds("sEcReT"));
  ASSERT_FALSE(run.dialogue().empty());
  EXPECT_EQ(text_of(run.dialogue().back()), "early.example.org");
}

TEST(Dialogue, OfOnePositiveReplyIsNoRecord) {
  auto session = greeted();
  session.client("RCPT TO:<b@example.net>\r\n").server("250 2.1.5 Ok\r\n");
  EXPECT_THAT(lines(session), IsEmpty());
}

}  // namespace
}  // namespace mxray::test
