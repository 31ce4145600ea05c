// SPDX-License-Identifier: Apache-2.0
// Does real, genuine traffic stay without suspicion, and real forgery not?
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "replay/replay.h"

namespace mxray::test {
namespace {

std::filesystem::path captures() {
  const char* given = std::getenv("MXRAY_CAPTURES");
  if (given != nullptr) return given;
  return std::filesystem::path(MXRAY_SOURCE_DIR) / ".." / "shared" / "captures";
}

// Most of these captures are not mail; every port they use is watched.
constexpr char kPorts[] = "25,465,587,2525,110,995,143,993,80,443,22,4880,8080,9999,5555,2222";

std::vector<Incident> incidents_of(const std::filesystem::path& file) {
  const auto ports = parse_ports(kPorts);
  if (!ports) return {};
  return replay({file.string()}, {.ports = *ports, .analyzer = {}}).incidents;
}

class SharedCaptures : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(captures())) {
      GTEST_SKIP() << "NOT TESTED: no captures in " << captures() << "; set MXRAY_CAPTURES";
    }
  }
};

TEST_F(SharedCaptures, GenuineTrafficRaisesNoForgeryAndNoIdentStall) {
  std::size_t files = 0;
  for (const char* folder : {"C", "D", "F", "G"}) {
    for (const auto& file : std::filesystem::directory_iterator(captures() / folder)) {
      ++files;
      for (const Incident& incident : incidents_of(file.path())) {
        EXPECT_EQ(incident.kind, Kind::kSlowGreeting) << file.path() << ": " << incident.summary;
      }
    }
  }
  EXPECT_GT(files, 40U);
}

TEST_F(SharedCaptures, AGreetingHeldBackTenSecondsIsSlowAndNotIdent) {
  const auto incidents =
      incidents_of(captures() / "C" / "suricata-verify__smtp-file-data-01_input.pcap");
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].kind, Kind::kSlowGreeting);
}

TEST_F(SharedCaptures, InjectedDataWithAHandshakeIsForged) {
  for (const char* name :
       {"honeybadger-pcap-files__mots-with-fin.pcap",
        "quantuminsert__qi_internet_SYNACK_curl_jsonip.pcap",
        "quantuminsert__qi_local_GET_slashdot_redirect.pcap",
        "quantuminsert__qi_local_SYNACK_curl_jsonip.pcap", "quantuminsert__id1.cn-inject.pcap"}) {
    const auto incidents = incidents_of(captures() / "A" / name);
    ASSERT_EQ(incidents.size(), 1U) << name;
    EXPECT_EQ(incidents[0].kind, Kind::kForgedReply) << name;
  }
}

}  // namespace
}  // namespace mxray::test
