// SPDX-License-Identifier: Apache-2.0
// Do a record's times become wall-clock times, all of them and nothing else?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/time.h"
#include "probe/clock.h"
#include "record.h"

namespace mxray {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kThen = 1000;
constexpr std::uint64_t kOffset = 1'700'000'000'000'000'000;
constexpr std::uint64_t kNow = kThen + kOffset;

template <typename Record>
Record record_of(core::record_type type) {
  Record record{};
  record.header.version = RECORD_VERSION;
  record.header.type = static_cast<core::u8>(type);
  record.header.size = sizeof record;
  record.header.time_ns = kThen;
  return record;
}

template <typename Record>
void shift(Record& record) {
  const auto bytes = std::as_writable_bytes(std::span(&record, 1));
  ASSERT_TRUE(check_record(bytes));
  shift_times(bytes, kOffset);
}

core::handshake handshake_at(std::uint64_t time) {
  core::handshake handshake{};
  handshake.syn_time_ns = time;
  handshake.syn_ack_time_ns = time;
  handshake.last_syn_ack_time_ns = time;
  handshake.established_time_ns = time;
  return handshake;
}

bool same(const core::handshake& left, const core::handshake& right) {
  return std::memcmp(&left, &right, sizeof left) == 0;
}

class FlowTimesTest : public ::testing::TestWithParam<core::record_type> {};

TEST_P(FlowTimesTest, HeaderAndHandshakeMoveButDurationsStay) {
  auto record = record_of<core::record_flow>(GetParam());
  record.handshake = handshake_at(kThen);
  record.rtt_ns = 77;
  shift(record);
  EXPECT_EQ(record.header.time_ns, kNow);
  EXPECT_TRUE(same(record.handshake, handshake_at(kNow)));
  EXPECT_EQ(record.rtt_ns, 77U);
}
INSTANTIATE_TEST_SUITE_P(AllTypes, FlowTimesTest,
                         ::testing::Values(core::RECORD_FLOW_OPENED, core::RECORD_SYN_ACK_REPEATED,
                                           core::RECORD_ENCRYPTED, core::RECORD_FLOW_CLOSED));

class DialogueTimesTest : public ::testing::TestWithParam<core::record_type> {};

TEST_P(DialogueTimesTest, HeaderAndHandshakeMoveButDurationsStay) {
  auto record = record_of<core::record_dialogue>(GetParam());
  record.handshake = handshake_at(kThen);
  record.delay_ns = 88;
  record.rtt_ns = 77;
  shift(record);
  EXPECT_EQ(record.header.time_ns, kNow);
  EXPECT_TRUE(same(record.handshake, handshake_at(kNow)));
  EXPECT_EQ(record.delay_ns, 88U);
  EXPECT_EQ(record.rtt_ns, 77U);
}
INSTANTIATE_TEST_SUITE_P(AllTypes, DialogueTimesTest,
                         ::testing::Values(core::RECORD_GREETING, core::RECORD_COMMAND,
                                           core::RECORD_REPLY));

TEST(SignalTimesTest, EverySegmentOfTheEvidenceMoves) {
  auto record = record_of<core::record_signal>(core::RECORD_SIGNAL);
  record.handshake = handshake_at(kThen);
  record.delay_ns = 88;
  std::vector<core::segment*> segments{&record.current, &record.other};
  for (auto* side : {&record.client, &record.server}) {
    for (auto& segment : side->first) segments.push_back(&segment);
    for (auto& segment : side->recent) segments.push_back(&segment);
  }
  for (auto* segment : segments) segment->time_ns = kThen;
  shift(record);
  EXPECT_TRUE(same(record.handshake, handshake_at(kNow)));
  EXPECT_EQ(record.delay_ns, 88U);
  for (const auto* segment : segments) EXPECT_EQ(segment->time_ns, kNow);
}

TEST(IdentTimesTest, BothQueryTimesMove) {
  auto record = record_of<core::record_ident>(core::RECORD_IDENT);
  record.first_query_time_ns = kThen;
  record.last_query_time_ns = kThen + 1;
  shift(record);
  EXPECT_EQ(record.header.time_ns, kNow);
  EXPECT_EQ(record.first_query_time_ns, kNow);
  EXPECT_EQ(record.last_query_time_ns, kNow + 1);
}

TEST(SignalTimesTest, TimesThatWereNeverSeenStayZero) {
  auto record = record_of<core::record_signal>(core::RECORD_SIGNAL);
  shift(record);
  EXPECT_TRUE(same(record.handshake, handshake_at(0)));
  EXPECT_EQ(record.other.time_ns, 0U);
  EXPECT_EQ(record.client.recent[0].time_ns, 0U);
}

Status check(const core::record_flow& record, std::size_t size = sizeof(core::record_flow)) {
  return check_record(std::as_bytes(std::span(&record, 1)).first(size));
}

TEST(RecordCheckTest, AcceptsARecordAsTheHeaderDefinesIt) {
  EXPECT_TRUE(check(record_of<core::record_flow>(core::RECORD_FLOW_OPENED)));
}

TEST(RecordCheckTest, RefusesOtherVersionsTypesAndSizes) {
  auto record = record_of<core::record_flow>(core::RECORD_FLOW_OPENED);
  EXPECT_THAT(check(record, 8).error().message, HasSubstr("shorter than a header"));
  EXPECT_THAT(check(record, sizeof record - 8).error().message, HasSubstr("expected 160"));

  auto other_version = record;
  other_version.header.version = RECORD_VERSION + 1;
  EXPECT_THAT(check(other_version).error().message, HasSubstr("version"));

  auto unknown = record;
  unknown.header.type = 99;
  EXPECT_THAT(check(unknown).error().message, HasSubstr("unknown type 99"));

  auto signal_in_name_only = record;
  signal_in_name_only.header.type = core::RECORD_SIGNAL;
  EXPECT_FALSE(check(signal_in_name_only));

  auto wrong_claim = record;
  wrong_claim.header.size = 4096;
  EXPECT_FALSE(check(wrong_claim));
}

TEST(WallClockTest, MonotonicTimePlusOffsetIsTheWallClock) {
  WallClock clock;
  const std::uint64_t estimate = monotonic_ns() + clock.offset_ns();
  const std::uint64_t wall = wall_clock_ns();
  EXPECT_LT(wall - estimate, 100'000'000U);  // a step forward of time, at most 0.1 s
}

}  // namespace
}  // namespace mxray
