// SPDX-License-Identifier: Apache-2.0
// Does the core see the same session through every wrapping, and no session in
// packets that are none?
#include <gmock/gmock.h>

#include "engine_run.h"
#include "support/conversation.h"

namespace mxray::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class EveryWrapping : public testing::TestWithParam<Wrapping> {};

TEST_P(EveryWrapping, MakesTheSameRecordsOfTheForgedReply) {
  EngineRun plain;
  plain.feed(forged_reply_trace());
  EngineRun wrapped;
  wrapped.feed(forged_reply_trace({.wrapping = GetParam()}), link_of(GetParam()));
  ASSERT_THAT(plain.signals(), SizeIs(3));
  EXPECT_EQ(wrapped.records(), plain.records());
}

TEST_P(EveryWrapping, MakesTheSameRecordsOfTheIdentStall) {
  EngineRun plain;
  plain.feed(ident_stall_outer_trace(IdentCase::kDropped));
  EngineRun wrapped;
  wrapped.feed(ident_stall_outer_trace(IdentCase::kDropped, GetParam()), link_of(GetParam()));
  ASSERT_THAT(plain.idents(), SizeIs(4));
  EXPECT_EQ(wrapped.records(), plain.records());
}

std::string name_of_wrapping(const testing::TestParamInfo<Wrapping>& test_case) {
  switch (test_case.param) {
    case Wrapping::kEthernet: return "Ethernet";
    case Wrapping::kVlan: return "Vlan";
    case Wrapping::kQinQ: return "QinQ";
    case Wrapping::kPppoe: return "Pppoe";
    case Wrapping::kNoLinkHeader: return "NoLinkHeader";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Engine, EveryWrapping,
                         testing::Values(Wrapping::kVlan, Wrapping::kQinQ, Wrapping::kPppoe,
                                         Wrapping::kNoLinkHeader),
                         name_of_wrapping);

Conversation with_lines(Conversation session) {
  return session.handshake().server("220 mx\r\n").client("EHLO pc\r\n").server("250 ok\r\n");
}

TEST(Engine, Ipv6ExtensionHeadersChangeNoRecord) {
  EngineRun plain;
  plain.feed(with_lines(Conversation(25).ipv6()).packets());
  EngineRun extended;
  extended.feed(with_lines(Conversation(25).ipv6().each([](Packet& packet) {
                  packet.hop_by_hop().routing().destination_options();
                })).packets());
  ASSERT_THAT(plain.dialogue(), SizeIs(3));
  EXPECT_EQ(extended.records(), plain.records());
}

TEST(Engine, PaddingIsNotStreamContent) {
  EngineRun run;
  run.feed(with_lines(Conversation(25).each([](Packet& packet) { packet.pad_to(200); })).packets());
  ASSERT_THAT(run.dialogue(), SizeIs(3));
  EXPECT_EQ(text_of(run.dialogue()[0]), "220 mx\r\n");
  EXPECT_EQ(run.dialogue()[0].length, 8U);
  EXPECT_EQ(run.count(core::COUNT_MAIL_BYTES), 8U + 9U + 8U);
}

TEST(Engine, SequenceNumbersThatWrapLoseNoLine) {
  EngineRun plain;
  plain.feed(with_lines(Conversation(25)).packets());
  EngineRun wrapped;
  wrapped.feed(with_lines(Conversation(25).isn(0xfffffffd, 0xfffffffb)).packets());
  ASSERT_THAT(wrapped.dialogue(), SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(text_of(wrapped.dialogue()[i]), text_of(plain.dialogue()[i]));
    EXPECT_EQ(wrapped.dialogue()[i].delay_ns, plain.dialogue()[i].delay_ns);
  }
}

struct CountedCase {
  const char* name;
  core::counter counter;
  Packet packet;
};

class CountedPacket : public testing::TestWithParam<CountedCase> {};

TEST_P(CountedPacket, MakesNoRecordAndIsCountedOnceUnderItsCause) {
  EngineRun run;
  run.feed({{1'000'000'000, GetParam().packet.build()}});
  EXPECT_THAT(run.records(), IsEmpty());
  for (int counter = core::COUNT_MALFORMED_LINK; counter <= core::COUNT_TUNNEL; ++counter) {
    EXPECT_EQ(run.count(static_cast<core::counter>(counter)),
              counter == GetParam().counter ? 1U : 0U)
        << counter_name(static_cast<core::counter>(counter));
  }
}

std::vector<CountedCase> counted_cases() {
  const Packet link = Packet().ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2});
  const Packet four = Packet(link).ipv4("192.0.2.1", "203.0.113.25");
  const Packet six = Packet(link).ipv6("2001:db8::1", "2001:db8::25");
  const auto tcp = [](Packet packet) { return packet.tcp(40'000, 25).flags(kAck); };
  return {
      {"CutInEthernetHeader", core::COUNT_MALFORMED_LINK, tcp(four).truncate_to(13)},
      {"CutInVlanTag", core::COUNT_MALFORMED_LINK, Packet(link).vlan(7).truncate_to(17)},
      {"CutInIpv4Header", core::COUNT_MALFORMED_IP, tcp(four).truncate_to(33)},
      {"CutInIpv6Header", core::COUNT_MALFORMED_IP, tcp(six).truncate_to(53)},
      {"Ipv4HeaderOfFourWords", core::COUNT_MALFORMED_IP, tcp(four).claim_ip_header_words(4)},
      {"Ipv4ShorterThanItsHeader", core::COUNT_MALFORMED_IP, tcp(four).claim_ip_length(19)},
      {"WrongIpVersion", core::COUNT_MALFORMED_IP, tcp(four).claim_ip_version(5)},
      {"CutInTcpHeader", core::COUNT_MALFORMED_TCP, tcp(four).truncate_to(53)},
      {"TcpHeaderOfFourWords", core::COUNT_MALFORMED_TCP, tcp(four).claim_tcp_header_words(4)},
      {"TcpHeaderLongerThanItsPacket", core::COUNT_MALFORMED_TCP,
       tcp(four).claim_tcp_header_words(15)},
      {"TcpOptionOfLengthZero", core::COUNT_MALFORMED_OPTIONS,
       tcp(four).option_bytes({2, 0, 5, 180})},
      {"TcpOptionPastTheHeader", core::COUNT_MALFORMED_OPTIONS,
       tcp(four).option_bytes({1, 1, 8, 10})},
      {"FirstFragment", core::COUNT_FRAGMENT, tcp(four).fragment(0, true)},
      {"LaterFragment", core::COUNT_FRAGMENT, tcp(four).fragment(1480, false)},
      {"Ipv6Fragment", core::COUNT_FRAGMENT, tcp(six).fragment(0, true, 7)},
      {"IpInIp", core::COUNT_TUNNEL, Packet(four).ip_protocol(4).payload("inner")},
      {"Gre", core::COUNT_TUNNEL, Packet(six).ip_protocol(47).payload("inner")},
  };
}

INSTANTIATE_TEST_SUITE_P(Engine, CountedPacket, testing::ValuesIn(counted_cases()),
                         [](const auto& test_case) { return test_case.param.name; });

TEST(Engine, PacketsOfOtherPortsAndProtocolsAreNotCountedAtAll) {
  EngineRun run;
  const Packet four =
      Packet().ethernet({2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}).ipv4("192.0.2.1", "203.0.113.25");
  run.feed({{1, Packet(four).tcp(40'000, 443).flags(kSyn).build()},
            {2, Packet(four).udp(25, 25).payload("no mail").build()},
            {3, Packet().ethernet({}, {}).ether_type(0x0806).payload("who has").build()}});
  EXPECT_THAT(run.records(), IsEmpty());
  EXPECT_THAT(run.stats().counters, testing::Each(0U));
}

TEST(Engine, DurationsFallIntoTheirHistograms) {
  EngineRun run;
  run.feed(with_lines(Conversation(25)).packets());
  const auto cells = run.stats().histogram_cells;
  const auto sum = [&cells](core::histogram histogram) {
    return cells[core::histogram_cell(histogram, core::PROTOCOL_SMTP, core::HISTOGRAM_SUM_CELL)];
  };
  EXPECT_EQ(sum(core::HISTOGRAM_PATH_RTT), 20'000'000U);
  EXPECT_EQ(sum(core::HISTOGRAM_GREETING_DELAY), 40'200'000U);
  EXPECT_EQ(sum(core::HISTOGRAM_REPLY_DELAY), 20'000'000U);
}

}  // namespace
}  // namespace mxray::test
