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
using testing::Not;

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

TEST(ReplayCommand, ShowsWhatItsFiltersLetThroughAndCountsTheRest) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("one.pcap", test::pcap_file(test::forged_reply_trace()));
  const Outcome shown =
      run_mxray({"replay", "--output", "line", "--server", "203.131.198.0/24", file});
  EXPECT_EQ(shown.exit, ExitCode::kFound) << shown.err;
  EXPECT_THAT(shown.out, testing::StartsWith("2006-09-26T14:44:53.103763Z certain forged_reply "));
  EXPECT_THAT(shown.out, HasSubstr("\n1 incident in 1 mail flow"));
  const Outcome left_out = run_mxray({"replay", "--not-kind", "forged_reply", file});
  EXPECT_EQ(left_out.exit, ExitCode::kOk);  // nothing of what was asked for
  EXPECT_THAT(left_out.out, testing::StartsWith("1 incident (1 left out by filters) in 1 mail"));
  EXPECT_THAT(run_mxray({"replay", "--output", "table", file}).out, testing::StartsWith("time "));
}

TEST(ReplayCommand, ChoosesWavesByTheServersTheyHit) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("one.pcap", test::pcap_file(test::forged_reply_trace()));
  const auto waves = [&](const char* server) {
    const Outcome outcome = run_mxray({"replay", "--group", "--json", "--server", server, file});
    return std::count(outcome.out.begin(), outcome.out.end(), '\n');
  };
  EXPECT_EQ(waves("203.131.198.80"), 1);
  EXPECT_EQ(waves("203.131.198.0/28"), 0);
}

// The traceroute that came with the dump of S0, in short.
constexpr const char* kTraceroute =
    "gw2# traceroute -n 203.131.198.80\n"
    "traceroute to 203.131.198.80 (203.131.198.80), 64 hops max, 40 byte packets\n"
    "4 210.52.130.10 46.711 ms 45.836 ms 45.838 ms\n"
    "5 210.52.132.230 50.208 ms 49.957 ms 50.085 ms\n"
    "6 210.53.126.2 50.083 ms 49.955 ms 50.334 ms\n"
    "7 202.147.16.125 50.583 ms 50.207 ms 50.587 ms <-- it may be this one\n"
    "8 202.147.16.205 51.204 ms 50.081 ms 50.209 ms\n"
    "9 202.147.16.214 103.055 ms 103.050 ms 103.179 ms\n"
    "15 203.131.198.80 100.805 ms 99.926 ms 99.929 ms\n"
    "gw2#\n";

test::Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TEST(ReplayCommand, PlacesTheForgerOnATraceroute) {
  const test::TemporaryDirectory directory;
  const std::string capture =
      directory.write("s0.pcap", test::pcap_file(test::forged_reply_trace()));
  const std::string path = directory.write("path.txt", bytes_of(kTraceroute));
  for (const bool explained : {false, true}) {
    std::vector<std::string> arguments = {"replay", capture, "--path", path};
    if (explained) arguments.emplace_back("--explain");
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kFound) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("behind hop 6 (210.53.126.2), before hop 7"));
    EXPECT_THAT(outcome.out, HasSubstr("allows hops 5 to 8 and excludes hop 9"));
    EXPECT_THAT(outcome.out, HasSubstr("both agree"));
  }
  EXPECT_THAT(run_mxray({"replay", capture, "--path", path, "--json"}).out,
              HasSubstr(R"("placement":{"agreement":"agree")"));
  EXPECT_THAT(run_mxray({"replay", capture, "--json"}).out, Not(HasSubstr("placement")));
}

TEST(ReplayCommand, NamesAPathThatLeadsElsewhereOrIsNone) {
  const test::TemporaryDirectory directory;
  const std::string capture =
      directory.write("s0.pcap", test::pcap_file(test::forged_reply_trace()));
  const std::string elsewhere =
      directory.write("path.txt", bytes_of("traceroute to x (192.0.2.9)\n 1  192.0.2.9  1 ms\n"));
  const Outcome wrong = run_mxray({"replay", capture, "--path", elsewhere});
  EXPECT_EQ(wrong.exit, ExitCode::kUsage);
  EXPECT_THAT(wrong.err, HasSubstr("leads to 192.0.2.9"));
  EXPECT_EQ(run_mxray({"replay", capture, "--path", capture}).exit, ExitCode::kUsage);
  EXPECT_THAT(run_mxray({"replay", capture, "--path", "/nonexistent/p"}).err,
              HasSubstr("cannot open /nonexistent/p"));
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
      {{"replay", "f", "--local-domain", "a@b"}, "'a@b' is no domain"},
      {{"replay", "f", "--slow-greeting", "soon"}, "soon"},
      {{"replay", "f", "--slow-greeting", "-1"}, "-1"},
      {{"replay", "f", "--slow-greeting", "nan"}, "nan"},
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
