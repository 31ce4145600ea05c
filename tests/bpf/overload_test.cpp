// SPDX-License-Identifier: Apache-2.0
// What is left of live connections after a flood, and does every record count?
//
// The programs as mxrayd loads them, fed by BPF_PROG_TEST_RUN: a flood is exactly
// countable then, and burns no more than it must. MXRAY_TEST_LONG=1 runs it in the
// size of the real thing; else tables and flood are smaller by the same factor.
#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "overload_gateway.h"

namespace mxray::test {
namespace {

bool is_long() {
  const char* value = std::getenv("MXRAY_TEST_LONG");
  return value != nullptr && std::string_view(value) == "1";
}

/// An LRU table keeps some entries for each CPU, which stay where they are once it does
/// nothing any more: many, of a table as small as here.
void stay_on_this_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(::sched_getcpu()), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::runtime_error("cannot stay on one CPU");
  }
}

/// The same pressure in a small machine.
struct Size {
  std::uint32_t max_flows = is_long() ? 131'072 : 4'096;  // a quarter for evidence
  std::uint32_t live = is_long() ? 16'384 : 512;
  std::uint32_t flood = is_long() ? 10'000'000 : 150'000;
};

class OverloadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: loads BPF programs";
    stay_on_this_cpu();
    if (!gateway_) gateway_.emplace(size_.max_flows);
    gateway_->forget_everything();
  }
  static void TearDownTestSuite() { gateway_.reset(); }

  void open_live_flows() {
    for (std::uint32_t client = 0; client < size_.live; ++client) {
      gateway_->open(kLive, client);
      gateway_->drain();
    }
    ASSERT_EQ(gateway_->count(core::COUNT_FLOW_OPENED), size_.live);
    ASSERT_GE(gateway_->kept(kLive, size_.live, false), 0.999);
  }

  void expect_live_flows_kept() {
    EXPECT_GE(gateway_->kept(kLive, size_.live, false), 0.999) << "clients' sides";
    EXPECT_GE(gateway_->kept(kLive, size_.live, true), 0.999) << "servers' sides";
    EXPECT_GE(gateway_->known(kLive, size_.live, "client_evidence"), 0.999);
    EXPECT_GE(gateway_->known(kLive, size_.live, "server_evidence"), 0.999);
  }

  void expect_forged_reply_found(std::uint32_t client) {
    Frames& frames = gateway_->frames();
    gateway_->drain();
    const std::uint64_t before = gateway_->read_incidents;
    for (Frame* frame : {&frames.helo, &frames.forged, &frames.reply}) {
      gateway_->pass(frame->of(kLive, client));
    }
    gateway_->drain();
    EXPECT_GE(gateway_->read_incidents, before + 1) << "client " << client;
  }

  void expect_every_record_accounted() {
    gateway_->drain();
    EXPECT_EQ(gateway_->read_incidents, gateway_->count(core::COUNT_INCIDENT_RECORDS));
    EXPECT_EQ(gateway_->read_dialogue, gateway_->count(core::COUNT_DIALOGUE_RECORDS));
  }

  Size size_;
  static inline std::optional<Gateway> gateway_;
};

TEST_F(OverloadTest, SynFloodThatTheServerAnswersLeavesLiveConnectionsAlone) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  const std::uint32_t between_late = 5000;
  std::uint32_t late = 0;
  for (std::uint32_t i = 0; i < size_.flood; ++i) {
    gateway_->pass(frames.syn.of(kFlood, i));
    gateway_->pass(frames.syn_ack.of(kFlood, i));
    // Here and there somebody lives at the made-up address.
    if (i % 8 == 0) gateway_->pass(frames.client_reset.of(kFlood, i));
    // A genuine client amid the flood, whose packets take their time.
    if (i % between_late == 0) gateway_->pass(frames.syn.of(kLate, late));
    if (i % between_late == 100) gateway_->pass(frames.syn_ack.of(kLate, late));
    if (i % between_late == 200) {
      gateway_->pass(frames.ack.of(kLate, late));
      gateway_->pass(frames.greeting.of(kLate, late++));
      gateway_->drain();
    }
    if (i % (size_.flood / 4) == 0) expect_forged_reply_found(i / (size_.flood / 4));
  }
  expect_live_flows_kept();
  EXPECT_EQ(gateway_->kept(kLate, late, true), 1.0) << "connections that began within the flood";
  EXPECT_EQ(gateway_->count(core::COUNT_SYN), size_.live + size_.flood + late);
  expect_every_record_accounted();
}

TEST_F(OverloadTest, FloodOfMadeUpDataLeavesLiveConnectionsAlone) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  for (std::uint32_t i = 0; i < size_.flood; ++i) {
    gateway_->pass(i % 2 == 0 ? frames.helo.of(kFlood, i) : frames.forged.of(kFlood, i));
    gateway_->pass(i % 2 == 0 ? frames.server_reset.of(kFlood, i)
                              : frames.client_reset.of(kFlood, i));
    if (i % 1000 == 0) gateway_->drain();
    if (i % (size_.flood / 4) == 0) expect_forged_reply_found(i / (size_.flood / 4));
  }
  expect_live_flows_kept();
  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_MIDSTREAM) +
                gateway_->count(core::COUNT_UNPROVEN_SUPPRESSED),
            size_.flood);
  expect_every_record_accounted();
}

// mxrayd has just started on a gateway that is busy, or within a flood.
TEST_F(OverloadTest, ConnectionsUnderWayAreTakenOnOnceBothSidesSpeak) {
  Frames& frames = gateway_->frames();
  for (std::uint32_t i = 0; i < size_.live; ++i) {
    for (Frame* frame : {&frames.greeting, &frames.helo, &frames.reply}) {
      gateway_->pass(frame->of(kLive, i));
    }
  }
  EXPECT_EQ(gateway_->known(kLive, size_.live, "client_sides"), 1.0);
  EXPECT_EQ(gateway_->known(kLive, size_.live, "server_sides"), 1.0);
  EXPECT_GT(gateway_->count(core::COUNT_UNPROVEN_SUPPRESSED), size_.live / 2);
}

// Each forged reply and each RST is one record: the caps of a flow are not reached.
TEST_F(OverloadTest, ReaderThatIsStoppedLosesNothingUncounted) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  expect_every_record_accounted();
  const std::uint64_t read_before = gateway_->read_incidents;
  constexpr std::uint32_t kResets = 20;
  for (std::uint32_t i = 0; i < kResets; ++i) {
    for (std::uint32_t client = 0; client < size_.live; ++client) {
      gateway_->pass(frames.server_reset.of(kLive, client));
    }
  }
  const std::uint64_t made = std::uint64_t{kResets} * size_.live;
  const std::uint64_t lost = gateway_->count(core::COUNT_LOST_INCIDENT_RECORD);
  EXPECT_GT(lost, 0U) << "the ring buffer did not fill";
  EXPECT_EQ(gateway_->count(core::COUNT_SIGNALS_SUPPRESSED), 0U);
  gateway_->drain();
  EXPECT_EQ(gateway_->read_incidents - read_before + lost, made);
  expect_every_record_accounted();

  const std::uint64_t read_then = gateway_->read_incidents;
  gateway_->pass(frames.server_reset.of(kLive, 0));
  gateway_->drain();
  EXPECT_EQ(gateway_->read_incidents, read_then + 1) << "the reader goes on where it stopped";
}

TEST_F(OverloadTest, DialogueOfAStoppedReaderDisplacesNoIncident) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  gateway_->drain();
  const std::uint64_t opened = gateway_->count(core::COUNT_FLOW_OPENED);
  const std::uint32_t fresh = 20'000;  // more than the ring of dialogue holds
  for (std::uint32_t i = 0; i < fresh; ++i) gateway_->open(kLate, i);
  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_OPENED), opened + fresh);
  EXPECT_GT(gateway_->count(core::COUNT_LOST_DIALOGUE_RECORD), 0U);
  EXPECT_EQ(gateway_->count(core::COUNT_LOST_INCIDENT_RECORD), 0U);
  // FLOW_OPENED and GREETING each, and those of the live flows.
  EXPECT_EQ(gateway_->count(core::COUNT_DIALOGUE_RECORDS) +
                gateway_->count(core::COUNT_LOST_DIALOGUE_RECORD),
            2 * (opened + fresh));
  gateway_->pass(frames.server_reset.of(kLate, fresh - 1));
  expect_every_record_accounted();
  EXPECT_EQ(gateway_->read_incidents, 1U);
}

// Twice as many connections as there are places, none of them ends, and some go on speaking.
TEST_F(OverloadTest, WhereThereAreTooManyTheLongestSilentIsForgottenAndFoundAgain) {
  open_live_flows();
  Frames& frames = gateway_->frames();
  const std::uint32_t places = size_.max_flows;
  for (std::uint32_t i = 0; i < 2 * places; ++i) {
    gateway_->open(kLate, i);
    if (i % 100 == 0) gateway_->drain();
    if (i % (places / 16) != 0) continue;
    for (std::uint32_t client = 0; client < size_.live; ++client) {
      gateway_->pass(frames.helo.of(kLive, client));
      gateway_->pass(frames.reply.of(kLive, client));
    }
  }
  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_OPENED), size_.live + 2 * places);
  for (const bool server : {false, true}) {
    EXPECT_GE(gateway_->kept(kLive, size_.live, server), 0.999) << "those that spoke";
    EXPECT_LE(gateway_->kept(kLate, places / 2, server), 0.01) << "the longest silent";
    const double others = gateway_->kept(kLate, 2 * places, server) * 2 * places;
    EXPECT_GE(others + size_.live, 0.95 * places) << "no place is left empty";
  }

  // Evidence has a quarter of the places: this one's side is known, its packets are not.
  const std::uint32_t one_amid = 2 * places - places / 2;
  const std::uint64_t evicted = gateway_->count(core::COUNT_EVIDENCE_EVICTED);
  gateway_->pass(frames.helo.of(kLate, one_amid));
  EXPECT_EQ(gateway_->count(core::COUNT_EVIDENCE_EVICTED), evicted + 1);
  gateway_->pass(frames.helo.of(kLive, 0));
  EXPECT_EQ(gateway_->count(core::COUNT_EVIDENCE_EVICTED), evicted + 1) << "not of who spoke";

  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_MIDSTREAM), 0U);
  for (Frame* frame : {&frames.helo, &frames.reply}) gateway_->pass(frame->of(kLate, 0));
  EXPECT_EQ(gateway_->count(core::COUNT_FLOW_MIDSTREAM), 1U);
  expect_every_record_accounted();
}

TEST_F(OverloadTest, AMillionConnectionsAreKept) {
  if (!is_long()) GTEST_SKIP() << "takes a minute and a gigabyte: set MXRAY_TEST_LONG=1";
  const std::uint32_t flows = 1U << 20U;
  gateway_.emplace(flows);
  for (std::uint32_t i = 0; i < flows; ++i) {
    gateway_->open(kLive, i);
    if (i % 1000 == 0) gateway_->drain();
  }
  EXPECT_GE(gateway_->kept(kLive, flows, false), 0.999);
  EXPECT_GE(gateway_->kept(kLive, flows, true), 0.999);
  expect_every_record_accounted();
}

}  // namespace
}  // namespace mxray::test
