// SPDX-License-Identifier: Apache-2.0
// Does the replay command take its options and name the file that it cannot read?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli_fake_daemon.h"
#include "support/capture_writer.h"
#include "support/traces.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReplayCommand, NamesAFileThatIsNotThere) {
  const Outcome outcome = run_mxray({"replay", "/nonexistent/capture.pcap", "--json"});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/capture.pcap"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
}

TEST(ReplayCommand, SaysNothingOfTheContentOfAFileItCouldNotOpen) {
  for (const char* how : {"--explain", "--group"}) {
    const Outcome outcome = run_mxray({"replay", how, "/nonexistent/capture.pcap"});
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
  EXPECT_THAT(run_mxray({"replay", "/nonexistent/capture.pcap"}).out, IsEmpty());
}

TEST(ReplayCommand, TellsWhatCameBeforeTheFileBrokeOff) {
  test::Bytes capture = test::pcap_file(test::forged_reply_trace());
  capture.resize(capture.size() - 5);  // in the middle of the last packet
  const test::TemporaryDirectory directory;
  const Outcome outcome = run_mxray({"replay", directory.write("cut.pcap", capture)});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.out, HasSubstr("forged_reply"));
  EXPECT_THAT(outcome.out, HasSubstr("1 incident in 1 mail flow"));
  EXPECT_THAT(outcome.err, HasSubstr("cut.pcap: packet 9"));
}

// The trace again, half an hour later: another client port, another initial
// sequence number. mxray reads no checksums, so they are left as they were.
std::vector<test::TimedPacket> half_an_hour_later(std::vector<test::TimedPacket> packets) {
  constexpr std::size_t kTcp = 14 + 20;  // Ethernet and IPv4
  for (test::TimedPacket& packet : packets) {
    packet.time_ns += 1'800'000'000'000;
    const bool from_server = packet.frame[kTcp] == 0 && packet.frame[kTcp + 1] == 25;
    packet.frame[kTcp + (from_server ? 3 : 1)] ^= 1;  // the client's port
    packet.frame[kTcp + (from_server ? 8 : 4)] ^= 1;  // its bytes' numbers: ack, seq
  }
  return packets;
}

TEST(ReplayCommand, GroupsForgeriesIntoWaves) {
  std::vector<test::TimedPacket> packets = test::forged_reply_trace();
  for (const auto& packet : half_an_hour_later(packets)) packets.push_back(packet);
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("two.pcap", test::pcap_file(packets));
  const Outcome outcome = run_mxray({"replay", "--group", file});
  EXPECT_EQ(outcome.exit, ExitCode::kFound) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("14:44:53 to 15:14:53 UTC  forged: 2 replies; 2 certain\n"));
  EXPECT_THAT(outcome.out, HasSubstr("  network   2 203.131.198.0/24\n"));
  EXPECT_THAT(outcome.out, HasSubstr("2 incidents in 2 mail flows"));
  const auto lines_of_json = [&file](const char* gap) {
    const Outcome json = run_mxray({"replay", "--group", "--gap", gap, "--json", file});
    EXPECT_THAT(json.out, HasSubstr("\"forged_replies\":"));
    return std::count(json.out.begin(), json.out.end(), '\n');
  };
  EXPECT_EQ(lines_of_json("1h"), 1);
  EXPECT_EQ(lines_of_json("29m"), 2);
}

TEST(ReplayCommand, RefusesBadPortsAndTimes) {
  const struct {
    std::vector<std::string> arguments;
    std::string complaint;
  } cases[] = {
      {{"replay"}, "FILE is required"},
      {{"replay", "f", "--ports", "25,mail"}, "port 'mail' is not a number"},
      {{"replay", "f", "--ports", "113"}, "113 is ident"},
      {{"replay", "f", "--ports", "8025=nntp"}, "'nntp' is none of smtp"},
      {{"replay", "f", "--slow-greeting", "soon"}, "soon"},
      {{"replay", "f", "--slow-greeting", "-1"}, "-1"},
      {{"replay", "f", "--group", "--explain"}, "--explain excludes --group"},
  };
  for (const auto& [arguments, complaint] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << complaint;
    EXPECT_THAT(outcome.err, HasSubstr(complaint));
  }
}

}  // namespace
}  // namespace mxray::cli
