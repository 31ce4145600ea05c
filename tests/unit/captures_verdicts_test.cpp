// SPDX-License-Identifier: Apache-2.0
// Is each forged packet of other people's captures found, and nothing else?
//
// captures_expected.h says which connections hold one, and why.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/address.h"
#include "replay/replay.h"
#include "support/captures_folder.h"
#include "unit/captures_expected.h"
#include "unit/captures_verdicts.h"

namespace mxray::test {
namespace {

using What = ForgedFlow::What;

std::vector<Incident> incidents_of(const std::filesystem::path& file) {
  const auto ports = parse_ports(kCapturePorts);
  if (!ports) throw std::runtime_error(ports.error().message);
  return replay({file.string()}, {.ports = *ports, .analyzer = {}}).incidents;
}

class ForgedCaptures : public testing::TestWithParam<ForgedCapture> {
 protected:
  void SetUp() override {
    if (!has_captures()) GTEST_SKIP() << no_captures();
  }
};

TEST_P(ForgedCaptures, RaiseTheirForgedConnections) {
  expect_forged_flows(GetParam(), incidents_of(captures_folder() / GetParam().file));
}

TEST_P(ForgedCaptures, RaiseNothingOnTheOthers) {
  expect_no_other_flows(GetParam(), incidents_of(captures_folder() / GetParam().file));
}

TEST_P(ForgedCaptures, DescribeTheForger) {
  expect_descriptions(GetParam(), incidents_of(captures_folder() / GetParam().file));
}

INSTANTIATE_TEST_SUITE_P(AB, ForgedCaptures, testing::ValuesIn(forged_captures()),
                         [](const auto& tested) { return test_name_of(tested.param.file); });

TEST(ForgedCapturesTable, KnowsEveryFileOfTheTwoFolders) {
  if (!has_captures()) GTEST_SKIP() << no_captures();
  std::vector<std::string> listed;
  for (const ForgedCapture& capture : forged_captures()) listed.push_back(capture.file);
  EXPECT_THAT(files_of({"A", "B"}), testing::UnorderedElementsAreArray(listed));
}

TEST(GenuineCaptures, RaiseNoForgeryAndNoIdentStall) {
  if (!has_captures()) GTEST_SKIP() << no_captures();
  const auto files = files_of({"C", "D", "F", "G"});
  EXPECT_GT(files.size(), 40U);
  for (const std::string& file : files) {
    expect_genuine(file, incidents_of(captures_folder() / file));
  }
}

TEST(GenuineCaptures, AGreetingHeldBackTenSecondsIsSlowAndNotIdent) {
  if (!has_captures()) GTEST_SKIP() << no_captures();
  const auto incidents =
      incidents_of(captures_folder() / "C" / "suricata-verify__smtp-file-data-01_input.pcap");
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].kind, Kind::kSlowGreeting);
}

}  // namespace
}  // namespace mxray::test
