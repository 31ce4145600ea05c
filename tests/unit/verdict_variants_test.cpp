// SPDX-License-Identifier: Apache-2.0
// Is every kind of forger told, and no odd but genuine host taken for one?
#include <gmock/gmock.h>

#include "base/core_settings.h"
#include "replay/engine.h"
#include "unit/engine_run.h"
#include "unit/record_judge.h"
#include "unit/variant_verdicts.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kSeeds = 20;

std::vector<Incident> incidents_of(const std::vector<TimedPacket>& packets,
                                   LinkLayer link = LinkLayer::kEthernet) {
  RecordJudge judge;
  Engine engine(
      make_core_config(default_ports(), 5, 0x5eC2e7),
      [&judge](std::span<const std::byte> record) { judge.consume(record); }, 1024);
  for (const TimedPacket& packet : packets) {
    judge.advance_to(packet.time_ns);
    engine.handle(packet.frame, static_cast<std::uint32_t>(packet.frame.size()), link,
                  packet.time_ns, 1);
  }
  judge.advance_to(packets.back().time_ns + 120'000'000'000);
  return judge.incidents();
}

/// As live, where the wall clock may be set between two records: the packets of each
/// signal are 2 ms later than in the one before.
std::vector<Incident> incidents_on_a_moving_clock(const std::vector<TimedPacket>& packets) {
  constexpr std::uint64_t kStep_ns = 2'000'000;
  RecordJudge judge;
  std::uint64_t ahead_ns = 0;
  const auto set_clock = [&ahead_ns](core::segment& segment) {
    if (segment.time_ns != 0) segment.time_ns += ahead_ns;
  };
  EngineRun run;
  for (std::vector<std::byte> bytes : run.feed(packets).records()) {
    core::record_signal record;
    std::memcpy(&record, bytes.data(), std::min(bytes.size(), sizeof record));
    if (record.header.type == core::RECORD_SIGNAL) {
      ahead_ns += kStep_ns;
      record.header.time_ns += ahead_ns;
      set_clock(record.current);
      set_clock(record.other);
      for (core::signal_side* side : {&record.client, &record.server}) {
        for (core::segment& segment : side->first) set_clock(segment);
        for (core::segment& segment : side->recent) set_clock(segment);
      }
      std::memcpy(bytes.data(), &record, sizeof record);
    }
    judge.consume(bytes);
  }
  return judge.incidents();
}

std::string name_of(const testing::TestParamInfo<Variant>& tested) { return tested.param.name; }

/// Every wrapping, with IPv4 and with IPv6.
std::vector<std::pair<Wrapping, bool>> forms() {
  std::vector<std::pair<Wrapping, bool>> forms;
  for (const Wrapping wrapping : {Wrapping::kEthernet, Wrapping::kVlan, Wrapping::kQinQ,
                                  Wrapping::kPppoe, Wrapping::kNoLinkHeader}) {
    for (const bool ipv6 : {false, true}) forms.emplace_back(wrapping, ipv6);
  }
  return forms;
}

class ForgedVariant : public testing::TestWithParam<Variant> {};

TEST_P(ForgedVariant, IsTheOnlyIncident) {
  expect_one_forgery(GetParam(), incidents_of(packets_of(GetParam())), "as it is");
}

TEST_P(ForgedVariant, IsMeasured) {
  const auto incidents = incidents_of(packets_of(GetParam()));
  ASSERT_EQ(incidents.size(), 1U) << told(incidents);
  expect_description(GetParam(), incidents[0]);
}

TEST_P(ForgedVariant, IsProvedByTheForgedPacketItself) {
  if (!GetParam().expected.at_once) GTEST_SKIP() << "only what follows proves this one";
  const auto incidents = incidents_of(packets_of(GetParam(), true));
  expect_one_forgery(GetParam(), incidents, "up to the forged packet");
  if (incidents.size() != 1) return;
  EXPECT_GE(incidents[0].confidence, Confidence::kProbable) << incidents[0].summary;
}

TEST_P(ForgedVariant, IsMarkedAmongThePacketsHoweverTheClockIsSet) {
  if (GetParam().expected.reset) GTEST_SKIP() << "a RST has no text to know it by";
  const auto incidents = incidents_on_a_moving_clock(packets_of(GetParam()));
  ASSERT_EQ(incidents.size(), 1U) << told(incidents);
  expect_marks(incidents[0]);
}

TEST_P(ForgedVariant, IsTheOnlyIncidentOfALossyCapture) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    expect_one_forgery(GetParam(), incidents_of(impaired_packets_of(GetParam(), seed)),
                       "seed " + std::to_string(seed));
  }
}

TEST_P(ForgedVariant, IsTheOnlyIncidentInEveryWrapping) {
  for (const auto& [wrapping, ipv6] : forms()) {
    for (const Variant& variant : forged_variants(wrapping, ipv6)) {
      if (variant.name != GetParam().name) continue;
      expect_one_forgery(variant, incidents_of(packets_of(variant), link_of(wrapping)),
                         form_name(wrapping, ipv6));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(S0, ForgedVariant, testing::ValuesIn(forged_variants()), name_of);

class ForgerOfManyConnections : public testing::TestWithParam<bool> {};

TEST_P(ForgerOfManyConnections, IsToldOnEach) {
  const auto variants = repeated_forgeries(GetParam(), 12);
  std::vector<TimedPacket> packets;
  for (const Variant& variant : variants) {
    for (const TimedPacket& packet : packets_of(variant)) packets.push_back(packet);
  }
  const auto incidents = incidents_of(packets);
  EXPECT_EQ(incidents.size(), variants.size()) << told(incidents);
  for (const Variant& variant : variants) {
    std::vector<Incident> own;
    for (const Incident& incident : incidents) {
      if (to_string(incident.client) == variant.client) own.push_back(incident);
    }
    expect_one_forgery(variant, own, "among others");
  }
}

INSTANTIATE_TEST_SUITE_P(S0, ForgerOfManyConnections, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Resets" : "Replies"; });

class GenuineVariant : public testing::TestWithParam<Variant> {};

TEST_P(GenuineVariant, RaisesNoForgery) {
  expect_no_forgery(GetParam(), incidents_of(packets_of(GetParam())), "as it is");
}

TEST_P(GenuineVariant, RaisesNoForgeryInALossyCapture) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    expect_no_forgery(GetParam(), incidents_of(impaired_packets_of(GetParam(), seed)),
                      "seed " + std::to_string(seed));
  }
}

TEST_P(GenuineVariant, RaisesNoForgeryInAnyWrapping) {
  for (const auto& [wrapping, ipv6] : forms()) {
    for (const Variant& variant : genuine_variants(wrapping, ipv6)) {
      if (variant.name != GetParam().name) continue;
      expect_no_forgery(variant, incidents_of(packets_of(variant), link_of(wrapping)),
                        form_name(wrapping, ipv6));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Odd, GenuineVariant, testing::ValuesIn(genuine_variants()), name_of);

}  // namespace
}  // namespace mxray::test
