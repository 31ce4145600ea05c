// SPDX-License-Identifier: Apache-2.0
// Are probes well made, and are answers taken only from those who saw them?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "support/bytes.h"
#include "support/packet_builder.h"
#include "trace/packet.h"

namespace mxray::trace {
namespace {

using test::Packet;
using Frame = test::Bytes;

constexpr std::uint32_t kSequence = 0xfffffffe;

Endpoint endpoint(const char* address, std::uint16_t port) {
  return {parse_address(address).value(), port};
}

ProbeFlow flow4() { return {endpoint("192.0.2.2", 40001), endpoint("203.0.113.25", 25)}; }
ProbeFlow flow6() { return {endpoint("2001:db8::2", 40001), endpoint("2001:db8:9::25", 25)}; }

// The probe as a router sees it. The builder computes its checksums itself.
Frame probe(Packet network, std::uint32_t sequence) {
  return network.ttl(1)
      .tcp(40001, 25)
      .seq(sequence)
      .flags(test::kSyn)
      .window(64240)
      .option_mss(1460)
      .option_nop()
      .option_window_scale(7)
      .option_nop()
      .option_nop()
      .option_sack_permitted()
      .build();
}

Frame probe4(std::uint32_t sequence = kSequence) {
  return probe(Packet().ipv4("192.0.2.2", "203.0.113.25"), sequence);
}

Frame probe6(std::uint32_t sequence = kSequence) {
  return probe(Packet().ipv6("2001:db8::2", "2001:db8:9::25"), sequence);
}

Frame icmp(std::uint8_t type, std::uint8_t code, const Frame& quote, std::uint32_t rest = 0) {
  Frame message = {type, code, 0, 0};
  test::append_number(message, rest, 4);
  test::append_bytes(message, quote);
  return message;
}

Frame first(const Frame& bytes, std::size_t count) {
  return Frame(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
}

constexpr std::uint8_t kTimeExceeded4 = 11;
constexpr std::uint8_t kUnreachable4 = 3;
constexpr std::uint8_t kTimeExceeded6 = 3;
constexpr std::uint8_t kUnreachable6 = 1;

TEST(Probe, IsTheSynThatTheTestsOwnPacketBuilderMakes) {
  const Frame packet4 = probe4();
  const Frame packet6 = probe6();
  EXPECT_EQ(build_syn(flow4(), kSequence), Frame(packet4.begin() + 20, packet4.end()));
  EXPECT_EQ(build_syn(flow6(), kSequence), Frame(packet6.begin() + 40, packet6.end()));
}

// One's complement sum over everything, checksum included, is all ones (RFC 1071).
TEST(Probe, ChecksumHoldsForEverySequenceNumber) {
  std::mt19937 numbers(1);
  for (int i = 0; i < 1000; ++i) {
    const std::vector<std::uint8_t> segment =
        build_syn(flow4(), static_cast<std::uint32_t>(numbers()));
    std::uint64_t sum = 192 * 256 + 0 + 2 * 256 + 2 + 203 * 256 + 0 + 113 * 256 + 25 + 6 + 32;
    for (std::size_t at = 0; at < segment.size(); at += 2) {
      sum += static_cast<std::uint64_t>(segment[at]) * 256 + segment[at + 1];
    }
    ASSERT_EQ(sum % 0xffff, 0U) << i;
  }
}

TEST(Answer, OfARouterNamesTheProbeThatDied) {
  for (const auto& [type, flow, quote] : {std::tuple(kTimeExceeded4, flow4(), probe4()),
                                          std::tuple(kTimeExceeded6, flow6(), probe6())}) {
    const auto answer = read_icmp(icmp(type, 0, quote), flow);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->kind, AnswerKind::kTimeExceeded);
    EXPECT_EQ(answer->sequence, kSequence);
  }
}

TEST(Answer, NeedsEightBytesOfTheSegmentAndNoFewer) {
  for (const auto& [type, flow, quote, header] :
       {std::tuple(kTimeExceeded4, flow4(), probe4(), 20U),
        std::tuple(kTimeExceeded6, flow6(), probe6(), 40U)}) {
    EXPECT_TRUE(read_icmp(icmp(type, 0, first(quote, header + 8)), flow));
    const Frame whole = icmp(type, 0, quote);
    for (std::size_t length = 0; length < 8 + header + 8; ++length) {
      EXPECT_FALSE(read_icmp(first(whole, length), flow)) << length;
    }
  }
}

TEST(Answer, OfWhoeverRefusesHasTheReason) {
  const auto answer4 = read_icmp(icmp(kUnreachable4, 13, probe4()), flow4());
  ASSERT_TRUE(answer4);
  EXPECT_EQ(answer4->kind, AnswerKind::kUnreachable);
  EXPECT_EQ(unreachable_reason(true, answer4->icmp_code), "administratively prohibited");
  const auto answer6 = read_icmp(icmp(kUnreachable6, 3, probe6()), flow6());
  ASSERT_TRUE(answer6);
  EXPECT_EQ(unreachable_reason(false, answer6->icmp_code), "host unreachable");
}

TEST(Answer, MayQuoteAHeaderWithIpOptions) {
  const Frame quote = Packet()
                          .ipv4("192.0.2.2", "203.0.113.25")
                          .ip_options({7, 7, 4, 10, 0, 0, 1, 0})
                          .tcp(40001, 25)
                          .seq(kSequence)
                          .flags(test::kSyn)
                          .build();
  const auto answer = read_icmp(icmp(kTimeExceeded4, 0, quote), flow4());
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sequence, kSequence);
}

// RFC 4884: the quote is padded to 128 bytes, extensions (MPLS labels, say) follow.
TEST(Answer, ExtensionsBehindTheQuoteAreNoPartOfIt) {
  Frame quote = probe4();
  quote.resize(128);
  const Frame extension = {0x20, 0, 0, 0, 0, 8, 1, 1, 1, 2, 3, 4};
  test::append_bytes(quote, extension);
  EXPECT_TRUE(read_icmp(icmp(kTimeExceeded4, 0, quote, 32U << 16U), flow4()));
  // A quote that claims to be 24 bytes long has no sequence number, though there are more bytes.
  EXPECT_FALSE(read_icmp(icmp(kTimeExceeded4, 0, probe4(), 6U << 16U), flow4()));
  EXPECT_FALSE(read_icmp(icmp(kTimeExceeded6, 0, probe6(), 5U << 24U), flow6()));
  // One that claims to be longer than the message has what is there.
  EXPECT_TRUE(read_icmp(icmp(kTimeExceeded4, 0, probe4(), 255U << 16U), flow4()));
}

struct Foreign {
  const char* name;
  Frame message;
};

TEST(Answer, ToSomebodyElsesPacketIsNone) {
  const auto quote = [](const char* server, std::uint16_t from, std::uint16_t to) {
    return Packet().ipv4("192.0.2.2", server).tcp(from, to).seq(kSequence).build();
  };
  const Frame udp = Packet().ipv4("192.0.2.2", "203.0.113.25").udp(40001, 25).build();
  const Frame fragment = Packet()
                             .ipv4("192.0.2.2", "203.0.113.25")
                             .tcp(40001, 25)
                             .seq(kSequence)
                             .fragment(8, false)
                             .build();
  const Foreign cases[] = {
      {"another server", icmp(kTimeExceeded4, 0, quote("203.0.113.26", 40001, 25))},
      {"another trace's port", icmp(kTimeExceeded4, 0, quote("203.0.113.25", 40002, 25))},
      {"another service", icmp(kTimeExceeded4, 0, quote("203.0.113.25", 40001, 26))},
      {"UDP", icmp(kTimeExceeded4, 0, udp)},
      {"a later fragment", icmp(kTimeExceeded4, 0, fragment)},
      {"reassembly took too long", icmp(kTimeExceeded4, 1, probe4())},
      {"an echo reply", icmp(0, 0, probe4())},
      {"IPv6 in an IPv4 error", icmp(kTimeExceeded4, 0, probe6())},
      {"a header of 4 words", icmp(kTimeExceeded4, 0,
                                   [] {
                                     Frame bad = probe4();
                                     bad[0] = 0x44;
                                     return bad;
                                   }())},
      {"a header longer than the quote", icmp(kTimeExceeded4, 0,
                                              [] {
                                                Frame bad = first(probe4(), 30);
                                                bad[0] = 0x4f;
                                                return bad;
                                              }())},
  };
  for (const Foreign& one : cases) EXPECT_FALSE(read_icmp(one.message, flow4())) << one.name;
  EXPECT_FALSE(read_icmp(icmp(kTimeExceeded6, 0, probe4()), flow6()));
  const Frame extended = Packet()
                             .ipv6("2001:db8::2", "2001:db8:9::25")
                             .hop_by_hop()
                             .tcp(40001, 25)
                             .seq(kSequence)
                             .build();
  EXPECT_FALSE(read_icmp(icmp(kTimeExceeded6, 0, extended), flow6()));
}

Frame segment(unsigned flags, std::uint32_t ack, std::uint16_t from = 25,
              std::uint16_t to = 40001) {
  const Frame packet =
      Packet().ipv4("203.0.113.25", "192.0.2.2").tcp(from, to).seq(7).ack(ack).flags(flags).build();
  return Frame(packet.begin() + 20, packet.end());
}

TEST(Answer, OfTheServerAcknowledgesTheProbe) {
  const auto open = read_tcp(segment(test::kSyn | test::kAck, kSequence + 1), flow4());
  ASSERT_TRUE(open);
  EXPECT_EQ(open->kind, AnswerKind::kSynAck);
  EXPECT_EQ(open->sequence, kSequence);
  const auto closed = read_tcp(segment(test::kReset | test::kAck, 0), flow4());
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->kind, AnswerKind::kReset);
  EXPECT_EQ(closed->sequence, 0xffffffffU);
}

TEST(Answer, OfTheServerIsNoneWithoutAnAcknowledgement) {
  EXPECT_FALSE(read_tcp(segment(test::kReset, kSequence + 1), flow4()));
  EXPECT_FALSE(read_tcp(segment(test::kSyn, kSequence + 1), flow4()));
  EXPECT_FALSE(read_tcp(segment(test::kAck | test::kPush, kSequence + 1), flow4()));
  EXPECT_FALSE(read_tcp(segment(test::kSyn | test::kAck, kSequence + 1, 26), flow4()));
  EXPECT_FALSE(read_tcp(segment(test::kSyn | test::kAck, kSequence + 1, 25, 40002), flow4()));
  const Frame whole = segment(test::kSyn | test::kAck, kSequence + 1);
  for (std::size_t length = 0; length < 20; ++length) {
    EXPECT_FALSE(read_tcp(first(whole, length), flow4())) << length;
  }
}

// Under sanitizers this finds any read behind the end: copies have no spare room.
TEST(Answer, OfGarbageIsNeverReadBehindItsEnd) {
  std::mt19937 numbers(20060926);
  const Frame seeds[] = {icmp(kTimeExceeded4, 0, probe4()), icmp(kTimeExceeded6, 0, probe6()),
                         probe4(), segment(test::kSyn | test::kAck, 1)};
  int taken = 0;
  for (int i = 0; i < 50'000; ++i) {
    Frame bytes = seeds[numbers() % 4];
    for (std::size_t damage = numbers() % 4; damage > 0; --damage) {
      bytes[numbers() % bytes.size()] = static_cast<std::uint8_t>(numbers());
    }
    bytes = first(bytes, numbers() % (bytes.size() + 1));
    for (const ProbeFlow& flow : {flow4(), flow6()}) {
      taken += read_icmp(bytes, flow) ? 1 : 0;
      taken += read_tcp(bytes, flow) ? 1 : 0;
    }
    if (const auto payload = ipv4_payload(bytes)) {
      ASSERT_LE(payload->size() + 20, bytes.size());
    }
  }
  EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace mxray::trace
