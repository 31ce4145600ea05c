// SPDX-License-Identifier: Apache-2.0
// Does the packet builder write what its calls say?
#include "support/packet_builder.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "frame_fields.h"

namespace mxray::test {
namespace {

constexpr MacAddress kOne = {2, 0, 0, 0, 0, 1};
constexpr MacAddress kTwo = {2, 0, 0, 0, 0, 2};

Packet segment() {
  return Packet().ethernet(kOne, kTwo).ipv4("192.0.2.1", "203.0.113.25").tcp(40000, 25);
}

std::uint16_t sum_of_words(const Bytes& bytes, std::size_t from, std::size_t to) {
  std::uint32_t sum = 0;
  for (std::size_t i = from; i < to; i += 2) {
    sum += static_cast<std::uint32_t>(bytes.at(i) << 8);
    if (i + 1 < to) sum += bytes.at(i + 1);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

TEST(PacketBuilder, ChecksumsOfIpv4AndIcmpSumToAllOnes) {
  const Bytes query =
      Packet().ipv4("203.0.113.25", "192.0.2.1").tcp(38107, 113).flags(kSyn).build();
  const Bytes frame =
      Packet().ethernet(kTwo, kOne).ipv4("192.0.2.1", "203.0.113.25").unreachable(3, query).build();
  EXPECT_EQ(sum_of_words(frame, 14, 34), 0xffff);
  EXPECT_EQ(sum_of_words(frame, 34, frame.size()), 0xffff);
  EXPECT_EQ(Bytes(frame.begin() + 42, frame.end()), query);
  EXPECT_EQ(frame.at(34), 3);
  EXPECT_EQ(frame.at(35), 3);
}

TEST(PacketBuilder, Ipv4OptionsLengthenTheHeader) {
  const Bytes frame = segment().ip_options({7, 7, 4, 0, 0, 0, 0}).payload("x").build();
  const FrameFields fields(frame);
  EXPECT_EQ(fields.byte(14), 0x47);
  EXPECT_EQ(fields.tcp(), 14U + 28);
  EXPECT_EQ(fields.destination_port(), 25);
  EXPECT_EQ(fields.payload(), "x");
}

TEST(PacketBuilder, ExtensionHeadersFollowInTheOrderOfTheCalls) {
  const Bytes packet = Packet()
                           .ipv6("2001:db8::1", "2001:db8::25")
                           .hop_by_hop()
                           .routing()
                           .destination_options()
                           .tcp(40000, 25)
                           .build();
  EXPECT_EQ(packet.at(6), 0);        // hop-by-hop
  EXPECT_EQ(packet.at(40), 43);      // routing
  EXPECT_EQ(packet.at(48), 60);      // destination options
  EXPECT_EQ(packet.at(56), 6);       // TCP
  EXPECT_EQ(packet.at(64 + 3), 25);  // its destination port
  EXPECT_EQ(packet.at(5), packet.size() - 40);
}

TEST(PacketBuilder, LaterFragmentsCarryOnlyPayload) {
  const Bytes frame = segment().fragment(1480, false, 77).payload("tail").build();
  EXPECT_EQ(frame.size(), 14U + 20 + 4);
  EXPECT_EQ(FrameFields(frame).number16(20), 1480 / 8);
  EXPECT_EQ(FrameFields(frame).ip_id(), 77);
}

TEST(PacketBuilder, PaddingDoesNotCountAsPayload) {
  const Bytes frame = segment().flags(kAck).pad_to(60).build();
  EXPECT_EQ(frame.size(), 60U);
  EXPECT_EQ(FrameFields(frame).total_length(), 40);
}

TEST(PacketBuilder, ClaimsOverrideTheTruth) {
  const Bytes frame = segment()
                          .claim_ip_length(9000)
                          .claim_ip_header_words(15)
                          .claim_ip_version(5)
                          .claim_tcp_header_words(3)
                          .build();
  EXPECT_EQ(FrameFields(frame).total_length(), 9000);
  EXPECT_EQ(frame.at(14), 0x5f);
  EXPECT_EQ(frame.at(14 + 20 + 12), 0x30);
}

TEST(PacketBuilder, TruncationKeepsTheLengthsOfTheWholePacket) {
  const Bytes whole = segment().payload("220 mx.example.org\r\n").build();
  const Bytes cut = segment().payload("220 mx.example.org\r\n").truncate_to(50).build();
  EXPECT_EQ(cut, Bytes(whole.begin(), whole.begin() + 50));
}

TEST(PacketBuilder, RefusesWhatCannotBeWritten) {
  EXPECT_THROW(Packet().ipv4("2001:db8::1", "192.0.2.1"), std::invalid_argument);
  EXPECT_THROW((void)segment().option_bytes(Bytes(41)).build(), std::invalid_argument);
  EXPECT_THROW(segment().fragment(4, false), std::invalid_argument);
}

}  // namespace
}  // namespace mxray::test
