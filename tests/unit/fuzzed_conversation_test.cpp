// SPDX-License-Identifier: Apache-2.0
// Do a fuzzer's bytes become conversations that mean something to the core?
#include "support/fuzzed_conversation.h"

#include <gmock/gmock.h>

#include "analysis/analyzer.h"
#include "base/core_settings.h"
#include "replay/engine.h"
#include "support/random_sequences.h"

namespace mxray::test {
namespace {

using testing::ElementsAre;

std::vector<Kind> incidents_of(ByteView input) {
  std::vector<Kind> kinds;
  Analyzer analyzer({}, [&kinds](const Incident& incident) { kinds.push_back(incident.kind); });
  Engine engine(
      make_core_config(default_ports(), 5, 1),
      [&analyzer](std::span<const std::byte> record) { analyzer.consume(record); }, 64);
  FuzzedConversation conversation(input);
  while (const auto packet = conversation.next()) {
    analyzer.tick(packet->time_ns);
    engine.handle(packet->frame, static_cast<std::uint32_t>(packet->frame.size()),
                  packet->has_ethernet ? LinkLayer::kEthernet : LinkLayer::kRaw, packet->time_ns,
                  packet->interface);
  }
  analyzer.finish();
  return kinds;
}

TEST(FuzzedConversation, AForgedReplyCanBeWrittenInSixBytesAPacket) {
  constexpr std::uint8_t kServer = 8, kForeignHand = 0x8b;  // TTL, timestamps, DF
  const std::vector<FuzzedStep> steps = {
      {0, 0x02, 0},                              // SYN
      {kServer, 0x53, 0},                        // SYN-ACK
      {0, 0x11, 0},                              // ACK
      {kServer, 0x50, 1},                        // 220
      {0, 0x10, 3},                              // HELO
      {kServer, 0x50, 5},                        // 250
      {0, 0x10, 7},                              // RCPT TO
      {kServer, 0x40, 11, kForeignHand, 57, 0},  // 500
      {kServer, 0x40, 5},                        // 250
      {0, 0x10, 21},                             // QUIT
  };
  const Bytes input = fuzzed_input(Wrapping::kEthernet, steps);
  EXPECT_THAT(incidents_of(input), ElementsAre(Kind::kForgedReply));
}

TEST(FuzzedConversation, AnyBytesAreSome) {
  RandomPackets random(1);
  std::size_t frames = 0;
  for (int i = 0; i < 300; ++i) {
    Bytes input(random.below(200));
    for (std::uint8_t& each : input) each = random.byte();
    FuzzedConversation conversation(input);
    while (const auto packet = conversation.next()) {
      if (!packet->frame.empty()) ++frames;
    }
    (void)incidents_of(input);
  }
  EXPECT_GT(frames, 3000U);
}

TEST(RandomSequences, AreTheSameForTheSameSeedAndGoOnInTime) {
  RandomSequences one(7, Wrapping::kVlan), two(7, Wrapping::kVlan), other(8, Wrapping::kVlan);
  std::uint64_t before_ns = 0;
  int different = 0;
  for (int i = 0; i < 60; ++i) {
    const auto packets = one.next(), same = two.next();
    ASSERT_FALSE(packets.empty());
    ASSERT_EQ(packets.size(), same.size());
    for (std::size_t k = 0; k < packets.size(); ++k) {
      ASSERT_EQ(packets[k].frame, same[k].frame);
      ASSERT_GE(packets[k].time_ns, before_ns);
      before_ns = packets[k].time_ns;
    }
    if (packets.front().frame != other.next().front().frame) ++different;
  }
  EXPECT_GT(different, 30);
}

}  // namespace
}  // namespace mxray::test
