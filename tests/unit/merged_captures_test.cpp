// SPDX-License-Identifier: Apache-2.0
// Are the packets of several files delivered in the order they passed?
#include "replay/merged_captures.h"

#include <gmock/gmock.h>

#include "support/capture_writer.h"
#include "support/traces.h"

namespace mxray {
namespace {

using test::Bytes;
using test::TimedPacket;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class MergedCapturesTest : public testing::Test {
 protected:
  /// A nanosecond pcap whose packets have these times and the time as length.
  std::string file(const std::string& name, const std::vector<std::uint64_t>& times,
                   std::size_t cut = 0) {
    std::vector<TimedPacket> packets;
    for (const std::uint64_t time : times) packets.push_back({time, Bytes(60)});
    test::PcapFormat format;
    format.nanoseconds = true;
    Bytes bytes = pcap_file(packets, format);
    bytes.resize(bytes.size() - cut);
    return directory_.write(name, bytes);
  }

  /// `interface:time`, or the error, in the order of delivery.
  static std::vector<std::string> order_of(const std::vector<std::string>& paths) {
    std::vector<std::string> order;
    Result<MergedCaptures> merged = MergedCaptures::open(paths);
    if (!merged) return {merged.error().message};
    std::uint64_t clock = 0;
    for (;;) {
      const auto packet = merged->next();
      if (!packet) {
        order.push_back(packet.error().message);
        continue;
      }
      if (!*packet) return order;
      EXPECT_GE((*packet)->clock_ns, clock) << "the merged clock went back";
      EXPECT_GE((*packet)->clock_ns, (*packet)->packet.time_ns);
      EXPECT_EQ((*packet)->file, paths.at((*packet)->interface - 1));
      clock = (*packet)->clock_ns;
      order.push_back(std::to_string((*packet)->interface) + ":" +
                      std::to_string((*packet)->packet.time_ns));
    }
  }

  test::TemporaryDirectory directory_;
};

TEST_F(MergedCapturesTest, PacketsOfThreeFilesComeInTheOrderOfTheirTimes) {
  EXPECT_THAT(order_of({file("a", {10, 40, 70}), file("b", {20, 30, 80}), file("c", {5})}),
              ElementsAre("3:5", "1:10", "2:20", "2:30", "1:40", "1:70", "2:80"));
}

TEST_F(MergedCapturesTest, AtEqualTimesTheFileNamedFirstComesFirst) {
  EXPECT_THAT(order_of({file("a", {10, 10}), file("b", {10, 20})}),
              ElementsAre("1:10", "1:10", "2:10", "2:20"));
}

TEST_F(MergedCapturesTest, FileWhoseClockGoesBackKeepsItsOrder) {
  EXPECT_THAT(order_of({file("a", {100, 50, 60, 200}), file("b", {90, 110, 150})}),
              ElementsAre("2:90", "1:100", "1:50", "1:60", "2:110", "2:150", "1:200"));
}

TEST_F(MergedCapturesTest, BytesStayReadableWhileTheOtherFileWaits) {
  const std::string outer = directory_.write(
      "outer", pcap_file(test::ident_stall_outer_trace(test::IdentCase::kDropped)));
  const std::string inner = directory_.write(
      "inner", pcap_file(test::ident_stall_inner_trace(test::IdentCase::kDropped)));
  auto merged = MergedCaptures::open({outer, inner});
  ASSERT_TRUE(merged);
  std::vector<TimedPacket> seen[2];
  for (auto next = merged->next(); next && *next; next = merged->next()) {
    const CapturedPacket& packet = (*next)->packet;
    seen[(*next)->interface - 1].push_back(
        {packet.time_ns, Bytes(packet.bytes.begin(), packet.bytes.end())});
  }
  const auto expected_outer = test::ident_stall_outer_trace(test::IdentCase::kDropped);
  const auto expected_inner = test::ident_stall_inner_trace(test::IdentCase::kDropped);
  ASSERT_EQ(seen[0].size(), expected_outer.size());
  ASSERT_EQ(seen[1].size(), expected_inner.size());
  for (std::size_t i = 0; i < seen[0].size(); ++i) {
    EXPECT_EQ(seen[0][i].frame, expected_outer[i].frame);
  }
  for (std::size_t i = 0; i < seen[1].size(); ++i) {
    EXPECT_EQ(seen[1][i].frame, expected_inner[i].frame);
  }
}

TEST_F(MergedCapturesTest, BrokenFileEndsAloneAndIsReportedLast) {
  EXPECT_THAT(order_of({file("a", {10, 20, 30}, 5), file("b", {15, 40})}),
              ElementsAre("1:10", "2:15", "1:20", "2:40",
                          AllOf(HasSubstr("a: packet 3: "), HasSubstr("ends in the middle"))));
}

TEST_F(MergedCapturesTest, TwoBrokenFilesAreReportedTogether) {
  EXPECT_THAT(order_of({file("a", {10, 20}, 5), file("b", {15}, 5)}),
              ElementsAre("1:10", AllOf(HasSubstr("a: packet 2: "), HasSubstr("b: packet 1: "))));
}

TEST_F(MergedCapturesTest, FileThatCannotBeOpenedFailsAtOnceByName) {
  EXPECT_THAT(order_of({file("a", {10}), directory_.path("missing")}),
              ElementsAre(HasSubstr("missing: cannot be read")));
}

TEST_F(MergedCapturesTest, NoFileIsAnError) {
  EXPECT_THAT(order_of({}), ElementsAre(HasSubstr("no capture file given")));
}

}  // namespace
}  // namespace mxray
