// SPDX-License-Identifier: Apache-2.0
// Which records does the core make of the incidents that began mxray, and of
// sessions that only look odd?
#include <gmock/gmock.h>

#include "config.h"
#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr core::u32 kForgedSignals = core::u32{core::SIGNAL_TTL_HANDSHAKE} | core::SIGNAL_TTL_DATA |
                                     core::SIGNAL_NO_TIMESTAMPS | core::SIGNAL_WINDOW_ZERO |
                                     core::SIGNAL_DONT_FRAGMENT | core::SIGNAL_IP_ID |
                                     core::SIGNAL_TOO_EARLY;

TEST(Engine, ForgedReplyIsReportedThenContradictedThenSeenAccepted) {
  EngineRun run;
  const auto signals = run.feed(forged_reply_trace()).signals();
  ASSERT_THAT(signals, SizeIs(3));

  const core::record_signal& forged = signals[0];
  EXPECT_EQ(forged.reason, core::REASON_SUSPECT);
  EXPECT_EQ(forged.signals & kForgedSignals, kForgedSignals);
  EXPECT_EQ(forged.delay_ns, 54'053'000U);
  EXPECT_EQ(forged.rtt_ns, 100'783'000U);
  EXPECT_EQ(text_of(forged), "500 error\r\n");
  EXPECT_EQ(forged.trigger_verb, core::VERB_RCPT);
  EXPECT_EQ(forged.current.reply_code, 500);
  EXPECT_EQ(forged.current.ttl, 57);
  EXPECT_EQ(forged.baseline.data_ttl, 49);
  EXPECT_EQ(forged.handshake.server_ttl, 49);

  const core::record_signal& conflict = signals[1];
  EXPECT_EQ(conflict.reason, core::REASON_SUSPECT);
  EXPECT_EQ(conflict.signals, core::u32{core::SIGNAL_CONFLICT});
  EXPECT_EQ(text_of(conflict), "250 Ok\r\n");
  EXPECT_EQ(conflict.other.time_ns, forged.current.time_ns);
  EXPECT_EQ(conflict.other.ip_id, 64);

  const core::record_signal& accepted = signals[2];
  EXPECT_EQ(accepted.reason, core::REASON_ACCEPTED);
  EXPECT_FALSE(accepted.from_server);
  EXPECT_EQ(accepted.other.time_ns, forged.current.time_ns);
}

TEST(Engine, ForgedReplyWithoutAGenuineOneIsReportedAndSeenAccepted) {
  EngineRun run;
  const auto signals =
      run.feed(forged_reply_trace({.outcome = ForgedReplyOptions::Outcome::kForgedOnly})).signals();
  ASSERT_THAT(signals, SizeIs(2));
  EXPECT_EQ(signals[0].reason, core::REASON_SUSPECT);
  EXPECT_EQ(signals[1].reason, core::REASON_ACCEPTED);
}

TEST(Engine, ForgedReplyOverIpv6LacksOnlyWhatIpv6DoesNotHave) {
  EngineRun run;
  const auto signals = run.feed(forged_reply_trace({.ipv6 = true})).signals();
  ASSERT_THAT(signals, SizeIs(3));
  const core::u32 ipv4_only = core::u32{core::SIGNAL_DONT_FRAGMENT} | core::SIGNAL_IP_ID;
  EXPECT_EQ(signals[0].signals & kForgedSignals, kForgedSignals & ~ipv4_only);
  EXPECT_EQ(signals[0].signals & ipv4_only, 0U);
}

TEST(Engine, EvidenceShowsTheHandshakeAndThePacketsBefore) {
  EngineRun run;
  const auto signals = run.feed(forged_reply_trace()).signals();
  ASSERT_THAT(signals, SizeIs(3));
  EXPECT_EQ(signals[0].client.first[0].tcp_flags, core::TCP_FLAG_SYN);
  EXPECT_EQ(signals[0].server.first[0].tcp_flags,
            core::u32{core::TCP_FLAG_SYN} | core::TCP_FLAG_ACK);
  EXPECT_EQ(signals[0].server.recent[0].reply_code, 220);
  EXPECT_EQ(signals[1].server.recent[1].ttl, 57) << "the forged packet is evidence of the next";
}

struct QuietCase {
  const char* name;
  std::vector<TimedPacket> packets;
};

class QuietSession : public testing::TestWithParam<QuietCase> {};

TEST_P(QuietSession, RaisesNoSignal) {
  EngineRun run;
  EXPECT_THAT(run.feed(GetParam().packets).signals(), IsEmpty());
  EXPECT_THAT(run.flows(core::RECORD_FLOW_OPENED), SizeIs(testing::Ge(1U)));
}

Conversation greeted(std::uint16_t client_port = 40'001) {
  return Conversation(25, client_port).handshake().server("220 mx ready\r\n");
}

std::vector<TimedPacket> two_sessions_with_the_same_ports() {
  const auto first = greeted().client("QUIT\r\n").server("221 bye\r\n").client_fin().server_fin();
  auto packets = first.packets();
  // The later server answers from another path, so an old baseline would show.
  const auto second = Conversation(25)
                          .at(first.now_ns() + 1'000'000'000)
                          .isn(3'000'000'000, 77)
                          .each([](Packet& packet) { packet.dont_fragment(false); })
                          .handshake()
                          .server("220 mx ready\r\n")
                          .client("EHLO pc\r\n");
  packets.insert(packets.end(), second.packets().begin(), second.packets().end());
  return packets;
}

std::vector<QuietCase> quiet_cases() {
  using Outcome = ForgedReplyOptions::Outcome;
  const auto one_byte_back = [](std::uint32_t sequence) {
    return [sequence](Packet& packet) { packet.seq(sequence).flags(kAck); };
  };
  return {
      {"GenuineReply", forged_reply_trace({.outcome = Outcome::kGenuine})},
      {"RetransmittedReply", forged_reply_trace({.outcome = Outcome::kRetransmitted})},
      {"IdentRefused", ident_stall_outer_trace(IdentCase::kReset)},
      {"KeepAliveByte", greeted()
                            .wait(60'000'000'000)
                            .server(std::string_view("\0", 1), one_byte_back(2'000'014))
                            .packets()},
      {"PortReused", two_sessions_with_the_same_ports()},
      {"SequenceNumbersWrap", Conversation(25)
                                  .isn(0xfffffff8, 0xfffffff0)
                                  .handshake()
                                  .server("220 a long greeting over the wrap\r\n")
                                  .client("EHLO a-long-name.example.org\r\n")
                                  .server("250 ok\r\n")
                                  .again()
                                  .packets()},
      {"RouteOneHopLonger", greeted()
                                .client("EHLO pc\r\n")
                                .server("250 ok\r\n", [](Packet& packet) { packet.ttl(51); })
                                .packets()},
      {"WholeSession", greeted()
                           .client("EHLO pc\r\n")
                           .server("250 ok\r\n")
                           .client("QUIT\r\n")
                           .server("221 bye\r\n")
                           .client_fin()
                           .server_fin()
                           .packets()},
  };
}

INSTANTIATE_TEST_SUITE_P(Engine, QuietSession, testing::ValuesIn(quiet_cases()),
                         [](const auto& test_case) { return test_case.param.name; });

TEST(Engine, IdentThatIsDroppedIsAskedFourTimesAndTheGreetingIsSlow) {
  EngineRun run;
  run.feed(ident_stall_outer_trace(IdentCase::kDropped));
  const auto idents = run.idents();
  ASSERT_THAT(idents, SizeIs(4));
  EXPECT_EQ(idents[0].event, core::IDENT_QUERY);
  for (std::size_t i = 1; i < 4; ++i) EXPECT_EQ(idents[i].event, core::IDENT_REPEATED);
  EXPECT_EQ(idents[3].queries, 4U);
  EXPECT_EQ(idents[3].last_query_time_ns - idents[3].first_query_time_ns, 20'960'387'000U);

  const auto signals = run.signals();
  ASSERT_THAT(signals, SizeIs(1));
  EXPECT_EQ(signals[0].reason, core::REASON_SLOW_GREETING);
  EXPECT_EQ(signals[0].signals, 0U);
  EXPECT_EQ(signals[0].delay_ns, 34'535'006'000U);
  EXPECT_THAT(run.flows(core::RECORD_SYN_ACK_REPEATED), SizeIs(1));
}

TEST(Engine, IdentThatIsRefusedIsOneQueryAndOneReset) {
  EngineRun run;
  const auto idents = run.feed(ident_stall_outer_trace(IdentCase::kReset)).idents();
  ASSERT_THAT(idents, SizeIs(2));
  EXPECT_EQ(idents[0].event, core::IDENT_QUERY);
  EXPECT_EQ(idents[1].event, core::IDENT_RESET);
  EXPECT_EQ(idents[1].ttl, 64);
}

TEST(Engine, ScanOfPort113MakesNoRecordAndIsCounted) {
  EngineRun run;
  run.feed(Conversation(113).handshake().packets());
  EXPECT_THAT(run.records(), IsEmpty());
  EXPECT_EQ(run.count(core::COUNT_IDENT_UNRELATED), 1U);
}

// SYNs to port 113 of the conversations' client, from the server's other ports.
std::vector<TimedPacket> queries(std::uint16_t count, std::uint64_t from_ns) {
  std::vector<TimedPacket> packets;
  for (std::uint16_t i = 0; i < count; ++i) {
    Packet packet = Packet().ethernet({2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1});
    packet.ipv4("203.0.113.25", "192.0.2.10").tcp(static_cast<std::uint16_t>(50'000 + i), 113);
    packets.push_back({from_ns + i, packet.seq(i).flags(kSyn).build()});
  }
  return packets;
}

TEST(Engine, ServerThatScansPort113OfItsClientCannotFillTheRing) {
  EngineRun run;
  const Conversation conversation = Conversation(25).handshake();
  run.feed(conversation.packets()).feed(queries(500, conversation.now_ns()));
  EXPECT_THAT(run.idents(), SizeIs(core::MAX_QUERIES_OF_PAIR));
  EXPECT_EQ(run.count(core::COUNT_IDENT_UNRELATED), 500U - core::MAX_QUERIES_OF_PAIR);
}

TEST(Engine, EveryNewConnectionMayBeAskedAboutAgain) {
  EngineRun run;
  const Conversation first = Conversation(25).handshake();
  run.feed(first.packets()).feed(queries(500, first.now_ns()));
  run.feed(Conversation(25, 40'002).at(first.now_ns() + 1'000).handshake().packets());
  run.feed(queries(1, first.now_ns() + 1'000'000'000));
  EXPECT_THAT(run.idents(), SizeIs(core::MAX_QUERIES_OF_PAIR + 1));
}

TEST(Engine, GreetingIsSlowFromTheThresholdOn) {
  for (const auto& [wait_ns, expected] : {std::pair(4'959'000'000U, 0U), {4'960'000'000U, 1U}}) {
    EngineRun run;  // 20 ms to the SYN-ACK, 0.2 ms to its ACK, 20 ms to the greeting
    run.feed(Conversation(25).handshake().wait(wait_ns).server("220 mx\r\n").packets());
    EXPECT_THAT(run.signals(), SizeIs(expected)) << wait_ns;
  }
}

TEST(Engine, HealthySessionMakesSixRecordsHoweverLongItsMessageIs) {
  EngineRun run;
  Conversation session(25);
  session.handshake()
      .server("220 mx ready\r\n")
      .client("EHLO pc\r\n")
      .server("250 mx\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n")
      .server("250 Ok\r\n")
      .client("DATA\r\n")
      .server("354 go ahead\r\n");
  for (int i = 0; i < 200; ++i) session.client("a line of the message\r\n");
  session.client(".\r\n").server("250 Ok\r\n").client("QUIT\r\n").server("221 bye\r\n");
  session.client_fin().server_fin().client_ack();
  run.feed(session.packets());
  EXPECT_THAT(run.records(), SizeIs(6));
  EXPECT_THAT(run.signals(), IsEmpty());
}

TEST(Engine, PortReuseStartsAfresh) {
  EngineRun run;
  run.feed(two_sessions_with_the_same_ports());
  const auto opened = run.flows(core::RECORD_FLOW_OPENED);
  ASSERT_THAT(opened, SizeIs(2));
  EXPECT_EQ(opened[1].handshake.client_isn, 3'000'000'000U);
  EXPECT_EQ(opened[1].server_bytes, 0U);
}

TEST(Engine, ResetFromElsewhereIsReportedAndGoingOnRefutesIt) {
  EngineRun run;
  run.feed(greeted()
               .client("EHLO pc\r\n")
               .server_reset([](Packet& packet) { packet.ttl(60).window(0); })
               .server("250 ok\r\n")
               .packets());
  const auto signals = run.signals();
  ASSERT_THAT(signals, SizeIs(2));
  EXPECT_EQ(signals[0].reason, core::REASON_RESET);
  EXPECT_TRUE(signals[0].signals & core::SIGNAL_RESET_TTL);
  EXPECT_EQ(signals[1].reason, core::REASON_ALIVE);
  EXPECT_TRUE(signals[1].signals & core::SIGNAL_ALIVE_AFTER_RESET);
  EXPECT_EQ(signals[1].other.ttl, 60) << "the RST in question";
  EXPECT_THAT(run.flows(core::RECORD_FLOW_CLOSED), SizeIs(1));
}

// A machine that stood still made the handshake slow: two answers correct it. The third that is
// too early is a forger's, and must not become the path's round trip.
TEST(RoundTrip, IsNotThatOfAForgerAfterItBecameShorter) {
  constexpr std::uint64_t kMs = 1'000'000;
  Conversation session(25);
  const auto answered_after = [&session](std::uint64_t delay_ns, std::string_view line) {
    session.client("NOOP\r\n").at(session.now_ns() + delay_ns - 20 * kMs).server(line);
  };
  session.handshake().server("220 mx.example.org ESMTP\r\n");
  answered_after(6 * kMs, "250 one\r\n");
  answered_after(6 * kMs, "250 two\r\n");
  answered_after(1 * kMs, "500 error\r\n");
  EngineRun run;
  const auto signals = run.feed(session.packets()).signals();
  ASSERT_FALSE(signals.empty());
  EXPECT_EQ(signals.back().delay_ns, 1 * kMs);
  EXPECT_EQ(signals.back().rtt_ns, 6 * kMs);
}

}  // namespace
}  // namespace mxray::test
