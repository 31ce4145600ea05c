// SPDX-License-Identifier: Apache-2.0
// Does anything that is nobody's business ever enter a record?
//
// Every byte of every record is searched for the words that the sessions below
// call secret, however a client may cut or spell its commands.
#include <gmock/gmock.h>

#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

struct SecretCase {
  const char* name;
  std::uint16_t port;
  std::vector<std::string> client_lines;  // one segment each, each answered
  std::string answer = "250 ok\r\n";
};

class Secrets : public testing::TestWithParam<SecretCase> {};

// The forged-looking answers make the core emit all the evidence it has.
std::vector<TimedPacket> session_full_of_signals(const SecretCase& test_case) {
  Conversation session(test_case.port);
  session.handshake().server("220 ready\r\n");
  for (const std::string& line : test_case.client_lines) {
    session.client(line).server(test_case.answer, [](Packet& packet) { packet.window(0).ttl(9); });
  }
  session.server_reset();
  return session.packets();
}

TEST_P(Secrets, NeverEnterARecord) {
  PortTable ports = default_ports();
  ports[8025] = core::PROTOCOL_OTHER;
  EngineRun run(ports);
  run.feed(session_full_of_signals(GetParam()));
  ASSERT_THAT(run.signals(), Not(IsEmpty()));
  EXPECT_FALSE(run.anything_holds("sEcReT"));
}

const SecretCase kSecretCases[] = {
    {"AuthPlainInOneLine", 587, {"EHLO pc\r\n", "AUTH PLAIN sEcReT==\r\n"}},
    {"AuthPlainAfterTwoSpaces", 587, {"EHLO pc\r\n", "AUTH  sEcReT==\r\n"}},
    {"AuthLoginInThreeLines", 587, {"AUTH LOGIN\r\n", "sEcReT1\r\n", "sEcReT2\r\n"}, "334 VXN\r\n"},
    {"AuthAnswerThatBeginsLikeHelo", 587, {"AUTH LOGIN\r\n", "HELOxsEcReT\r\n"}, "334 VXN\r\n"},
    {"AuthAnswerThatBeginsLikeMail", 587, {"AUTH LOGIN\r\n", "mailx@sEcReT\r\n"}, "334 VXN\r\n"},
    {"Pop3UserAndPass", 110, {"USER sEcReT\r\n", "PASS sEcReT\r\n"}, "+OK\r\n"},
    {"Pop3Apop", 110, {"APOP sEcReT c4c9334bac560ecc979e58001b3e22fb\r\n"}, "+OK\r\n"},
    {"ImapLogin", 143, {"a1 LOGIN sEcReT sEcReT\r\n"}, "a1 OK\r\n"},
    {"ImapLoginByLiteral",
     143,
     {"a1 LOGIN {6}\r\n", "sEcReT {6}\r\n", "sEcReT\r\n"},
     "+ go on\r\n"},
    {"ImapAuthenticate", 143, {"a1 AUTHENTICATE PLAIN sEcReT=\r\n"}, "a1 OK\r\n"},
    {"ImapWordsThatSmtpKnows", 143, {"a1 EHLO sEcReT\r\n", "MAIL RCPT x@sEcReT\r\n"}, "a1 OK\r\n"},
    {"Pop3WordsThatSmtpKnows", 110, {"EHLO sEcReT\r\n", "MAIL FROM:<x@sEcReT>\r\n"}, "+OK\r\n"},
    {"Mailboxes", 25, {"MAIL FROM:<sEcReT@example.org>\r\n", "RCPT TO:<sEcReT@example.com>\r\n"}},
    {"MailboxOfASourceRoute", 25, {"RCPT TO:<@relay.example.org:sEcReT@example.com>\r\n"}},
    {"MailboxInQuotes", 25, {"MAIL FROM:<\"x@sEcReT\"@example.org>\r\n"}},
    {"MailboxWithTheSecondAtQuoted", 25, {"MAIL FROM:<sEcReT\\@sEcReT@example.org>\r\n"}},
    {"MailboxInAParameter", 25, {"MAIL FROM:<> AUTH=x@sEcReT\r\n"}},
    {"MailboxWithoutDomain", 25, {"RCPT TO:<sEcReT>\r\n"}},
    {"MessageAfter354",
     25,
     {"DATA\r\n", "EHLO sEcReT\r\nMAIL FROM:<x@sEcReT>\r\n"},
     "354 go on\r\n"},
    {"MessageOfBdat", 25, {"BDAT 100 LAST\r\nEHLO sEcReT\r\n", "HELO example\r\n"}},
    {"UnknownProtocol", 8025, {"EHLO sEcReT\r\n", "sEcReT\r\n"}, "hello\r\n"},
};

INSTANTIATE_TEST_SUITE_P(Engine, Secrets, testing::ValuesIn(kSecretCases),
                         [](const auto& test_case) { return test_case.param.name; });

// A message goes on segment by segment, each of which may begin with anything.
Conversation message_under_way(std::string_view first_reply) {
  Conversation session(25);
  session.handshake().server("220 mx\r\n").client("MAIL FROM:<a@example.org>\r\n");
  session.server("250 ok\r\n").client("DATA\r\n").server(first_reply);
  return session;
}

TEST(Engine, LaterSegmentsOfAMessageAreNoCommands) {
  EngineRun run;
  run.feed(message_under_way("354 go on\r\n")
               .client("Subject: hello\r\n")
               .client("EHLO sEcReT\r\n")
               .client("MAIL FROM:<x@sEcReT>\r\n")
               .again()
               .packets());
  EXPECT_FALSE(run.anything_holds("sEcReT"));
}

TEST(Engine, MessageIsNoCommandThoughTheGoAheadCameBehindOtherReplies) {
  EngineRun run;
  run.feed(message_under_way("250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n")
               .client("Subject: hello\r\n")
               .client("EHLO sEcReT\r\n")
               .packets());
  EXPECT_FALSE(run.anything_holds("sEcReT"));
}

TEST(Engine, SegmentsOfABdatChunkAreNoCommands) {
  EngineRun run;
  run.feed(Conversation(25)
               .handshake()
               .server("220 mx\r\n")
               .client("BDAT 3000 LAST\r\nSubject: hello\r\n")
               .client("EHLO sEcReT\r\n")
               .server("250 ok\r\n")
               .client("RSET\r\n")
               .server("250 ok\r\n")
               .client("EHLO after.example.org\r\n")
               .packets());
  EXPECT_FALSE(run.anything_holds("sEcReT"));
  EXPECT_TRUE(run.anything_holds("after.example.org")) << "the next command is one again";
}

TEST(Engine, MessageBehindPipelinedCommandsIsNoCommand) {
  EngineRun run;
  run.feed(Conversation(25)
               .handshake()
               .server("220 mx\r\n")
               .client("MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n")
               .server("250 ok\r\n250 ok\r\n354 go on\r\n")
               .client("EHLO sEcReT\r\n")
               .client("EHLO sEcReT\r\n")
               .server("250 queued\r\n")
               .client("MAIL FROM:<a@second.example.org>\r\n")
               .packets());
  EXPECT_FALSE(run.anything_holds("sEcReT"));
  EXPECT_TRUE(run.anything_holds("second.example.org")) << "the next command is one again";
}

TEST(Engine, WhatMayBeShownIsShown) {
  EngineRun run;
  run.feed(Conversation(587)
               .handshake()
               .server("220 mx\r\n")
               .client("EHLO pc.example.org\r\n")
               .server("250 ok\r\n")
               .client("AUTH PLAIN AGEAYg==\r\n")
               .server("235 ok\r\n")
               .client("MAIL FROM:<a@mail.example.org> SIZE=1\r\n")
               .server("250 ok\r\n")
               .packets());
  std::vector<std::string> commands;
  for (const auto& record : run.dialogue()) {
    if (!record.from_server) commands.push_back(text_of(record));
  }
  EXPECT_THAT(commands, testing::ElementsAre("pc.example.org", "PLAIN", "mail.example.org"));
}

TEST(Engine, StarttlsEndsTheDialogue) {
  EngineRun run;
  const std::string_view hello("\x16\x03\x01\x02\x00\x01", 6);
  run.feed(Conversation(25)
               .handshake()
               .server("220 mx\r\n")
               .client("STARTTLS\r\n")
               .server("220 go on\r\n")
               .client(hello)
               .server(hello)
               .client("EHLO sEcReT\r\n")
               .server("550 sEcReT\r\n")
               .packets());
  EXPECT_THAT(run.flows(core::RECORD_ENCRYPTED), SizeIs(1));
  EXPECT_FALSE(run.anything_holds("sEcReT"));
  EXPECT_EQ(run.dialogue().back().verb, core::VERB_STARTTLS);
}

}  // namespace
}  // namespace mxray::test
