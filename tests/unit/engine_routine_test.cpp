// SPDX-License-Identifier: Apache-2.0
// What is still seen of packets that are only noted, not looked at?
#include <gmock/gmock.h>

#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::uint64_t kMillisecond = 1'000'000;

void without_push(Packet& packet) { packet.flags(kAck); }

std::string tls(char first) {
  return std::string("\x17\x03\x03\x01\x00", 5) + std::string(256, first);
}

Conversation amid_message() {
  Conversation session(25);
  session.handshake()
      .server("220 mx.example.org ESMTP\r\n")
      .client("EHLO relay.example.org\r\n")
      .server("250 mx.example.org\r\n")
      .client("DATA\r\n")
      .server("354 go ahead\r\n");
  for (int i = 0; i < 10; ++i) session.client(std::string(1000, 'x'), without_push);
  return session;
}

Conversation amid_tls() {
  Conversation session(993);
  session.handshake().client(tls('a')).server(tls('b')).client(tls('c'));
  return session;
}

TEST(Routine, CountsEachByteOfAMessage) {
  EngineRun run;
  const auto before = run.feed(amid_message().packets()).count(core::COUNT_MAIL_BYTES);
  auto session = amid_message();
  session.client(std::string(1000, 'x'), without_push);
  EngineRun longer;
  EXPECT_EQ(longer.feed(session.packets()).count(core::COUNT_MAIL_BYTES), before + 1000);
  EXPECT_THAT(longer.signals(), IsEmpty());
}

TEST(Routine, MeasuresAReplyFromTheEndOfTheMessage) {
  auto session = amid_message();
  session.wait(5000 * kMillisecond).client("the end\r\n.\r\n").server("552 too much\r\n");
  EngineRun run;
  const auto lines = run.feed(session.packets()).dialogue();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back().reply_code, 552U);
  EXPECT_EQ(lines.back().delay_ns, 20 * kMillisecond);
}

TEST(Routine, IsNoForgeryAmidAMessage) {
  const auto forged = [](auto change) {
    auto session = amid_message();
    session.client(std::string(1000, 'y'), change).server("250 2.0.0 Ok\r\n");
    EngineRun run;
    return run.feed(session.packets()).signals();
  };
  EXPECT_THAT(forged([](Packet& packet) { packet.window(0); }), Not(IsEmpty()));
  EXPECT_THAT(forged([](Packet& packet) { packet.dont_fragment(false).ttl(40); }), Not(IsEmpty()));
  EXPECT_THAT(forged([](Packet& packet) { packet.ttl(63); }), IsEmpty()) << "routes change";
}

// Who gets it throws it away, and takes the genuine bytes that come after it.
TEST(Routine, IsNoDataWithoutAck) {
  auto genuine = amid_message(), forged = amid_message();
  forged.client(std::string(1000, 'y'), [](Packet& packet) { packet.flags(kPush); });
  genuine.client(std::string(1000, 'x'), without_push);
  EngineRun run;
  run.feed(forged.packets());
  run.feed({{forged.now_ns() + kMillisecond, genuine.packets().back().frame}});
  ASSERT_THAT(run.signals(), Not(IsEmpty()));
  EXPECT_TRUE(run.signals().back().signals & core::SIGNAL_CONFLICT);
}

TEST(Routine, IsNoFirstAnswer) {
  auto genuine = amid_tls(), forged = amid_tls();
  forged.server(tls('f'));
  genuine.server(tls('g'));
  for (int i = 0; i < 3; ++i) {  // more of the same, before the genuine one comes
    forged.server(tls('h'), without_push);
  }
  EngineRun run;
  run.feed(forged.packets());
  EXPECT_THAT(run.signals(), IsEmpty());
  run.feed({{forged.now_ns() + kMillisecond, genuine.packets().back().frame}});
  ASSERT_THAT(run.signals(), SizeIs(1));
  EXPECT_TRUE(run.signals()[0].signals & core::SIGNAL_CONFLICT);
}

TEST(Routine, IsNoCommandOfABurst) {
  Conversation session(143);
  session.handshake()
      .server("* OK IMAP4rev1\r\n")
      .client("a1 CAPABILITY\r\n")
      .client("a2 STARTTLS\r\n");
  EngineRun run;
  const auto lines = run.feed(session.packets()).dialogue();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back().verb, core::VERB_STARTTLS);
}

TEST(Routine, OfARetrievedMessageIsNoReply) {
  Conversation session(110);
  session.handshake()
      .server("+OK ready\r\n")
      .client("RETR 1\r\n")
      .server("+OK 3000 octets\r\n", without_push)
      .server("-ERR in the midst of a message\r\n", without_push)
      .server("-ERR again\r\n");
  EngineRun run;
  const auto lines = run.feed(session.packets()).dialogue();
  EXPECT_THAT(lines, SizeIs(1));  // the greeting
}

TEST(Routine, EndsWithAReset) {
  auto session = amid_message();
  session.server_reset();
  EngineRun run;
  run.feed(session.packets());
  const std::size_t quiet = run.signals().size();
  session.client(std::string(1000, 'x'), without_push).server("250 2.0.0 Ok\r\n");
  EngineRun alive;
  EXPECT_GT(alive.feed(session.packets()).signals().size(), quiet) << "the server goes on";
}

}  // namespace
}  // namespace mxray::test
