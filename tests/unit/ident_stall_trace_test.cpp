// SPDX-License-Identifier: Apache-2.0
// Does the trace of S1 say what the published dump says?
#include <gmock/gmock.h>

#include "frame_fields.h"
#include "support/packet_builder.h"
#include "support/traces.h"

namespace mxray::test {
namespace {

TEST(IdentStallTrace, DroppedCaseHasTheTimesOfTheDump) {
  const auto outer = ident_stall_outer_trace(IdentCase::kDropped);
  ASSERT_EQ(outer.size(), 11U);
  EXPECT_EQ((outer[9].time_ns - outer[2].time_ns) / 1000, 34'345'694U);  // since the ACK
  EXPECT_EQ((outer[9].time_ns - outer[5].time_ns) / 1000, 29'960'192U);  // since the query
  EXPECT_EQ((outer[9].time_ns - outer[0].time_ns) / 1000, 34'535'006U);  // since the SYN
  for (const std::size_t query : {5, 6, 7, 8}) {
    const FrameFields fields(outer[query].frame);
    EXPECT_EQ(fields.source_port(), 38107);
    EXPECT_EQ(fields.destination_port(), 113);
    EXPECT_EQ(fields.destination(), 0xDA6844ABU);  // 218.104.68.171
    EXPECT_EQ(fields.flags(), kSyn);
    EXPECT_EQ(fields.seq(), 211996004U);
  }
  const FrameFields greeting(outer[9].frame);
  EXPECT_EQ(greeting.payload().size(), 48U);
  EXPECT_THAT(greeting.payload(), testing::StartsWith("+OK "));
  EXPECT_EQ(greeting.seq(), 211290962U);
  EXPECT_EQ(FrameFields(outer[10].frame).ack(), 211291010U);
}

TEST(IdentStallTrace, InnerSideSharesTheSequenceNumbersButSeesNoIdent) {
  for (const IdentCase ident : {IdentCase::kDropped, IdentCase::kReset}) {
    const auto outer = ident_stall_outer_trace(ident);
    const auto inner = ident_stall_inner_trace(ident);
    const FrameFields outer_syn(outer[0].frame);
    const FrameFields inner_syn(inner[0].frame);
    EXPECT_EQ(outer_syn.seq(), inner_syn.seq());
    EXPECT_EQ(inner_syn.source(), 0xC0A801C8U);  // 192.168.1.200
    EXPECT_EQ(inner_syn.ttl(), outer_syn.ttl() + 1);
    EXPECT_LT(inner[0].time_ns, outer[0].time_ns);
    EXPECT_EQ(inner_syn.window(), 16384);
    EXPECT_FALSE(inner_syn.dont_fragment());
    EXPECT_EQ(inner_syn.options(), (Bytes{2, 4, 0x05, 0xb4, 1, 1, 4, 2}));
    for (const TimedPacket& packet : inner) {
      const FrameFields fields(packet.frame);
      EXPECT_NE(fields.source_port(), 113);
      EXPECT_NE(fields.destination_port(), 113);
    }
  }
}

TEST(IdentStallTrace, ResetCaseRefusesIdentAfterThreeMilliseconds) {
  const auto outer = ident_stall_outer_trace(IdentCase::kReset);
  ASSERT_EQ(outer.size(), 7U);
  const FrameFields reset(outer[4].frame);
  EXPECT_EQ((outer[4].time_ns - outer[3].time_ns) / 1000, 2'771U);
  EXPECT_EQ(reset.flags(), kReset | kAck);
  EXPECT_EQ(reset.source_port(), 113);
  EXPECT_EQ(reset.seq(), 0U);
  EXPECT_EQ(reset.ack(), 1188523778U);
  EXPECT_EQ(reset.window(), 8192);
}

}  // namespace
}  // namespace mxray::test
