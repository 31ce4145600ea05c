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
  const Outcome outcome = run_mxray({"replay", "/nonexistent/capture.pcap"});
  EXPECT_THAT(outcome.out, IsEmpty());
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
  };
  for (const auto& [arguments, complaint] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << complaint;
    EXPECT_THAT(outcome.err, HasSubstr(complaint));
  }
}

}  // namespace
}  // namespace mxray::cli
