// SPDX-License-Identifier: Apache-2.0
// Does the trace of S0 say what the published dump says?
#include "support/traces.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <memory>

#include "frame_fields.h"
#include "support/capture_writer.h"
#include "support/packet_builder.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// One line of S0's dump.
struct DumpedPacket {
  std::uint64_t microseconds;  // of 14:44
  std::uint16_t frame_length;
  std::uint8_t ttl;
  std::uint16_t ip_id;
  std::uint16_t total_length;
  bool dont_fragment;
  unsigned flags;
  std::uint32_t seq;
  std::uint32_t ack;
  std::uint16_t window;
  std::size_t tcp_length;
};

constexpr std::uint64_t kMinute = 1159281840;  // 2006-09-26T14:44:00Z
const DumpedPacket kDump[] = {
    {52'643'691, 0x4E, 127, 32988, 64, true, kSyn, 0x2E68FF24, 0, 0xFFFF, 44},
    {52'744'474, 0x4A, 49, 0, 60, true, kAck | kSyn, 0x1527A9A1, 0x2E68FF25, 0x16A0, 40},
    {52'744'633, 0x42, 127, 33011, 52, true, kAck, 0x2E68FF25, 0x1527A9A2, 0x8218, 32},
    {52'845'542, 0x93, 49, 37317, 133, true, kAck | kPush, 0x1527A9A2, 0x2E68FF25, 0x16A0, 32},
    {52'845'826, 0x54, 127, 33066, 70, true, kAck | kPush, 0x2E68FF25, 0x1527A9F3, 0x8218, 32},
    {53'049'710, 0x6B, 127, 33110, 93, true, kAck | kPush, 0x2E68FF56, 0x1527AA19, 0x8218, 32},
    {53'103'763, 0x41, 57, 64, 51, false, kAck | kPush, 0x1527AA19, 0x2E68FF7F, 0, 20},
    {53'154'738, 0x4A, 49, 37321, 60, true, kAck | kPush, 0x1527AA19, 0x2E68FF7F, 0x16A0, 32},
    {53'155'026, 0x48, 127, 33131, 58, true, kAck | kPush | kFin, 0x2E68FF7F, 0x1527AA24, 0x8218,
     32},
};

std::string payload_of(const TimedPacket& packet) { return FrameFields(packet.frame).payload(); }

/// What tcpdump makes of the packets; empty if there is no tcpdump.
std::string tcpdump_text(const std::vector<TimedPacket>& packets, std::uint32_t link_type) {
  const TemporaryDirectory directory;
  PcapFormat format;
  format.link_type = link_type;
  const std::string file = directory.write("trace.pcap", pcap_file(packets, format));
  const std::string command = "tcpdump -n -vvv -r " + file + " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
  std::string text;
  char buffer[4096];
  while (output && fgets(buffer, sizeof buffer, output.get()) != nullptr) text += buffer;
  return text;
}

TEST(ForgedReplyTrace, HasEveryHeaderFieldOfTheDump) {
  const auto packets = forged_reply_trace();
  ASSERT_EQ(packets.size(), std::size(kDump));
  for (std::size_t i = 0; i < packets.size(); ++i) {
    SCOPED_TRACE("packet " + std::to_string(i + 1));
    const DumpedPacket& dumped = kDump[i];
    const FrameFields fields(packets[i].frame);
    EXPECT_EQ(packets[i].time_ns, (kMinute * 1'000'000 + dumped.microseconds) * 1000);
    EXPECT_EQ(packets[i].frame.size(), dumped.frame_length);
    EXPECT_EQ(fields.ttl(), dumped.ttl);
    EXPECT_EQ(fields.ip_id(), dumped.ip_id);
    EXPECT_EQ(fields.total_length(), dumped.total_length);
    EXPECT_EQ(fields.dont_fragment(), dumped.dont_fragment);
    EXPECT_EQ(fields.flags(), dumped.flags);
    EXPECT_EQ(fields.seq(), dumped.seq);
    EXPECT_EQ(fields.ack(), dumped.ack);
    EXPECT_EQ(fields.window(), dumped.window);
    EXPECT_EQ(fields.tcp_header_length(), dumped.tcp_length);
    const bool from_server = dumped.ttl < 64;
    EXPECT_EQ(fields.source(), from_server ? 0xCB83C650U : 0x0A040104U);
    EXPECT_EQ(fields.destination(), from_server ? 0x0A040104U : 0xCB83C650U);
    EXPECT_EQ(fields.source_port(), from_server ? 25 : 60661);
    EXPECT_EQ(fields.destination_port(), from_server ? 60661 : 25);
  }
}

TEST(ForgedReplyTrace, HasTheAddressesOfTheDumpsEthernetHeaders) {
  const auto packets = forged_reply_trace();
  const Bytes to_server(packets[0].frame.begin(), packets[0].frame.begin() + 14);
  const Bytes to_client(packets[6].frame.begin(), packets[6].frame.begin() + 14);
  EXPECT_EQ(to_server, (Bytes{0x00, 0x14, 0x22, 0x1f, 0x4a, 0x49, 0x00, 0xe0, 0xfc, 0x34, 0xc0,
                              0x86, 0x08, 0x00}));
  EXPECT_EQ(to_client, (Bytes{0x00, 0x11, 0x43, 0x58, 0x71, 0xff, 0x00, 0x14, 0x22, 0x1f, 0x4a,
                              0x49, 0x08, 0x00}));
}

TEST(ForgedReplyTrace, HasTheTcpOptionsInTheOrderOfTheDump) {
  const auto packets = forged_reply_trace();
  // MSS 1460, NOP, WS 1, NOP, NOP, TS 121485349 0, SackOK, EOL and a padding byte.
  EXPECT_EQ(FrameFields(packets[0].frame).options(),
            (Bytes{2,    4,    0x05, 0xb4, 1, 3, 3, 1, 1, 1, 8, 10,
                   0x07, 0x3d, 0xb8, 0x25, 0, 0, 0, 0, 4, 2, 0, 0}));
  // MSS 1460, SackOK, TS 9713757 121485349, NOP, WS 0.
  EXPECT_EQ(FrameFields(packets[1].frame).options(),
            (Bytes{2,    4,    0x05, 0xb4, 4,    2,    8, 10, 0x00, 0x94,
                   0x38, 0x5d, 0x07, 0x3d, 0xb8, 0x25, 1, 3,  3,    0}));
  // NOP, NOP, TS 9713798 121485755: the genuine reply.
  EXPECT_EQ(FrameFields(packets[7].frame).options(),
            (Bytes{1, 1, 8, 10, 0x00, 0x94, 0x38, 0x86, 0x07, 0x3d, 0xb9, 0xbb}));
  EXPECT_TRUE(FrameFields(packets[6].frame).options().empty());
}

TEST(ForgedReplyTrace, HasThePayloadsOfTheDump) {
  const auto packets = forged_reply_trace();
  EXPECT_EQ(payload_of(packets[3]),
            "220 5a-p07-b3.data-hotel.net F-Secure/virusgw_smtp/220/5a-p07-b3.data-hotel.net\r\n");
  EXPECT_EQ(payload_of(packets[4]), "HELO livedoor.cn\r\n");
  EXPECT_EQ(payload_of(packets[5]).size(), 41U);
  EXPECT_THAT(payload_of(packets[5]), testing::EndsWith("n@neptune.livedoor.com>\r\n"));
  EXPECT_EQ(payload_of(packets[6]), "500 error\r\n");
  EXPECT_EQ(payload_of(packets[7]), "250 Ok\r\n");
  EXPECT_EQ(payload_of(packets[8]), "QUIT\r\n");
}

TEST(ForgedReplyTrace, ReconstructedMiddleLeavesNoGapInTheStream) {
  ForgedReplyOptions options;
  options.middle = ForgedReplyOptions::Middle::kReconstructed;
  std::uint32_t next_of_client = 0x2E68FF25;
  std::uint32_t next_of_server = 0x1527A9A2;
  const auto packets = forged_reply_trace(options);
  ASSERT_EQ(packets.size(), 12U);
  for (std::size_t i = 2; i < 10; ++i) {  // up to the forged reply
    SCOPED_TRACE("packet " + std::to_string(i + 1));
    const FrameFields fields(packets[i].frame);
    const bool from_server = fields.source_port() == 25;
    std::uint32_t& next = from_server ? next_of_server : next_of_client;
    EXPECT_EQ(fields.seq(), next);
    EXPECT_EQ(fields.ack(), from_server ? next_of_client : next_of_server);
    EXPECT_GT(packets[i].time_ns, packets[i - 1].time_ns);
    next += static_cast<std::uint32_t>(fields.payload().size());
  }
}

TEST(ForgedReplyTrace, CutMiddleGoesFromTheGreetingToTheRecipient) {
  ForgedReplyOptions options;
  options.middle = ForgedReplyOptions::Middle::kCut;
  const auto packets = forged_reply_trace(options);
  ASSERT_EQ(packets.size(), 8U);
  EXPECT_THAT(payload_of(packets[3]), testing::StartsWith("220 "));
  EXPECT_THAT(payload_of(packets[4]), testing::StartsWith("RCPT "));
}

TEST(ForgedReplyTrace, WithoutTheGenuineReplyOnlyTheForgedOneIsThere) {
  ForgedReplyOptions options;
  options.outcome = ForgedReplyOptions::Outcome::kForgedOnly;
  const auto packets = forged_reply_trace(options);
  ASSERT_EQ(packets.size(), 8U);
  EXPECT_EQ(payload_of(packets[6]), "500 error\r\n");
  EXPECT_EQ(payload_of(packets[7]), "QUIT\r\n");
}

TEST(ForgedReplyTrace, WithoutForgerTheClientAcknowledgesTheGenuineReply) {
  ForgedReplyOptions options;
  options.outcome = ForgedReplyOptions::Outcome::kGenuine;
  const auto packets = forged_reply_trace(options);
  ASSERT_EQ(packets.size(), 10U);
  for (const TimedPacket& packet : packets) EXPECT_NE(FrameFields(packet.frame).ttl(), 57);
  EXPECT_EQ(payload_of(packets[6]), "250 Ok\r\n");
  EXPECT_EQ(payload_of(packets[7]), "QUIT\r\n");
  EXPECT_EQ(FrameFields(packets[7].frame).ack(), 0x1527AA21U);
  EXPECT_EQ(payload_of(packets[8]), "221 Bye\r\n");
}

TEST(ForgedReplyTrace, RetransmissionRepeatsItsBytesUnderANewIpId) {
  ForgedReplyOptions options;
  options.outcome = ForgedReplyOptions::Outcome::kRetransmitted;
  const auto packets = forged_reply_trace(options);
  const FrameFields first(packets[6].frame);
  const FrameFields second(packets[8].frame);
  EXPECT_EQ(first.seq(), second.seq());
  EXPECT_EQ(first.payload(), second.payload());
  EXPECT_EQ(first.ttl(), second.ttl());
  EXPECT_NE(first.ip_id(), second.ip_id());
}

TEST(ForgedReplyTrace, ClientAcknowledgesAllOfAnotherForgedText) {
  ForgedReplyOptions options;
  options.forged_text = kForged551;
  const auto packets = forged_reply_trace(options);
  EXPECT_EQ(payload_of(packets[6]), "551 User not local; please try <forward-path>\r\n");
  EXPECT_EQ(FrameFields(packets[8].frame).ack(), 0x1527AA19U + 47);
}

TEST(ForgedReplyTrace, OverIpv6KeepsHopLimitsAndSequenceNumbers) {
  ForgedReplyOptions options;
  options.ipv6 = true;
  const auto packets = forged_reply_trace(options);
  const FrameFields forged(packets[6].frame);
  EXPECT_EQ(forged.number16(12), 0x86dd);
  EXPECT_EQ(forged.byte(14 + 7), 57);
  EXPECT_EQ(forged.number32(14 + 40 + 4), 0x1527AA19U);
  EXPECT_EQ(FrameFields(packets[7].frame).byte(14 + 7), 49);
}

TEST(ForgedReplyTrace, EveryWrappingPutsItsHeadersBeforeTheSameIpPacket) {
  ForgedReplyOptions options;
  options.wrapping = Wrapping::kNoLinkHeader;
  const Bytes bare = forged_reply_trace(options)[6].frame;
  const std::pair<Wrapping, Bytes> cases[] = {
      {Wrapping::kEthernet, {0x08, 0x00}},
      {Wrapping::kVlan, {0x81, 0x00, 0x00, 42, 0x08, 0x00}},
      {Wrapping::kQinQ, {0x88, 0xa8, 0x01, 0x2c, 0x81, 0x00, 0x00, 42, 0x08, 0x00}},
      {Wrapping::kPppoe, {0x88, 0x64, 0x11, 0x00, 0x00, 0x17, 0x00, 53, 0x00, 0x21}},
  };
  for (const auto& [wrapping, headers] : cases) {
    SCOPED_TRACE(static_cast<int>(wrapping));
    options.wrapping = wrapping;
    const Bytes frame = forged_reply_trace(options)[6].frame;
    Bytes expected = headers;
    append_bytes(expected, bare);
    EXPECT_EQ(Bytes(frame.begin() + 12, frame.end()), expected);
  }
}

TEST(Traces, TcpdumpFindsNoFaultInThem) {
  std::vector<std::vector<TimedPacket>> traces = {
      ident_stall_outer_trace(IdentCase::kDropped), ident_stall_inner_trace(IdentCase::kReset),
      ident_stall_outer_trace(IdentCase::kReset, Wrapping::kPppoe)};
  for (const Wrapping wrapping :
       {Wrapping::kEthernet, Wrapping::kVlan, Wrapping::kQinQ, Wrapping::kPppoe}) {
    ForgedReplyOptions options;
    options.wrapping = wrapping;
    traces.push_back(forged_reply_trace(options));
    options.ipv6 = true;
    traces.push_back(forged_reply_trace(options));
  }
  for (const auto& trace : traces) {
    const std::string text = tcpdump_text(trace, 1);
    if (text.empty()) GTEST_SKIP() << "there is no tcpdump here to ask";
    EXPECT_THAT(text, HasSubstr("(correct)"));
    EXPECT_THAT(text, Not(HasSubstr("incorrect")));
    EXPECT_THAT(text, Not(HasSubstr("bad cksum")));
    EXPECT_THAT(text, Not(HasSubstr("invalid")));
    EXPECT_THAT(text, Not(HasSubstr("[|")));
  }
}

}  // namespace
}  // namespace mxray::test
