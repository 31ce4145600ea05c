// SPDX-License-Identifier: Apache-2.0
// Does mxray take what it should and refuse the rest with one clear sentence?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli_fake_daemon.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(Arguments, HelpNamesEveryCommandAndExitCode) {
  const Outcome outcome = run_mxray({"--help"});
  EXPECT_EQ(outcome.exit, ExitCode::kOk);
  for (const char* text :
       {"incidents", "explain", "flows", "status", "trace", "check", "--socket", "MXRAY_SOCKET",
        "  3   daemon unreachable", "  5   records were lost", "  6   no resolver answered"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(Arguments, EveryCommandHasHelp) {
  for (const char* command : {"incidents", "explain", "flows", "status", "trace"}) {
    const Outcome outcome = run_mxray({command, "--help"});
    EXPECT_EQ(outcome.exit, ExitCode::kOk) << command;
    EXPECT_THAT(outcome.out, HasSubstr("--json"));
  }
}

TEST(Arguments, VersionIsOneLine) {
  const Outcome outcome = run_mxray({"--version"});
  EXPECT_EQ(outcome.exit, ExitCode::kOk);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("mxray [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Arguments, BadOnesEndWithCodeTwoAndOneSentence) {
  const struct {
    std::vector<std::string> arguments;
    std::string complaint;
  } cases[] = {
      {{}, "no command given"},
      {{"incident"}, "there is no command 'incident'"},
      {{"explain"}, "ID is required"},
      {{"flows", "--yaml"}, "--yaml"},
      {{"trace"}, "SERVER[:PORT] is required"},
      {{"trace", "mail.example:smtp"}, "'smtp' is no TCP port"},
      {{"trace", "192.0.2.1", "--probes", "0"}, "--probes"},
      {{"trace", "192.0.2.1", "--source", "eth0"}, "'eth0' is no IPv4 or IPv6 address"},
      {{"incidents", "--kind", "gremlin"},
       "'gremlin' is no kind of incident; there are forged_reply"},
      {{"incidents", "--server", "mail.example"}, "'mail.example' is no IPv4 or IPv6 address"},
      {{"incidents", "--since", "yesterday"}, "'yesterday' is no time; write how long ago (90s"},
      {{"incidents", "--since", ""}, "is no time"},
      {{"--socket", "", "flows"}, "socket path '' must have 1 to 107 characters"},
      {{"--socket", std::string(200, 'x'), "flows"}, "must have 1 to 107 characters"},
  };
  for (const auto& [arguments, complaint] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << complaint;
    EXPECT_THAT(outcome.err, HasSubstr(complaint));
    EXPECT_THAT(outcome.err, testing::StartsWith("mxray: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

/// Each place that a word of somebody's may be in, for a complaint about it.
std::vector<std::vector<std::string>> complained_of(const std::string& word) {
  return {{word},
          {"check", word},
          {"flows", "--" + word},
          {"status", word},
          {"incidents", "--kind", word},
          {"incidents", "--since", word},
          {"incidents", "--group", "--gap", word},
          {"incidents", "--output", word},
          {"incidents", "--server", word},
          {"--color", word, "flows"},
          {"--socket", "/" + word, "flows"},
          {"replay", "/" + word},
          {"replay", "--ports", word, "/x"},
          {"bounces", "/" + word},
          {"bounces", "--shift", word, "/x"},
          {"report", "--path", "/" + word, "--output", "/dev/null"},
          {"check", "dns", "--resolver", word},
          {"check", "ident", word},
          {"trace", "--probes", word, "192.0.2.1"}};
}

TEST(Arguments, AreEchoedWithoutWhatATerminalObeysOrAReaderCannotSee) {
  // Erase the screen; turn right to left; a byte that is no UTF-8; CSI as one character.
  for (const std::vector<std::string>& arguments :
       complained_of("a\x1b[2Jb\xe2\x80\xae\xff\xc2\x9b")) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_NE(outcome.exit, ExitCode::kOk) << arguments[0];
    EXPECT_THAT(outcome.err, HasSubstr("a\\x1b[2Jb")) << arguments[0];
    EXPECT_EQ(outcome.err.find_first_of("\x1b\xe2\xff\xc2"), std::string::npos) << outcome.err;
  }
}

TEST(Arguments, KeepTheirLettersInAComplaint) {
  EXPECT_THAT(run_mxray({"replay", "/größe.pcap"}).err, HasSubstr("/größe.pcap"));
}

TEST(Arguments, OfAnyLengthMakeAComplaintThatFitsAScreen) {
  for (const std::string& word : {std::string(100'000, 'x'), std::string(50'000, '\xff')}) {
    for (const std::vector<std::string>& arguments : complained_of(word)) {
      const Outcome outcome = run_mxray(arguments);
      EXPECT_NE(outcome.exit, ExitCode::kOk) << arguments[0];
      EXPECT_LT(outcome.err.size(), 500U) << arguments[0];
      EXPECT_THAT(outcome.err, HasSubstr("...")) << arguments[0];
    }
  }
  const std::string since = run_mxray({"flows", "--since", std::string(100'000, 'x')}).err;
  EXPECT_THAT(since, HasSubstr("--since: 'xxx"));
  EXPECT_THAT(since, HasSubstr("write how long ago (90s"));  // the remedy survives
}

}  // namespace
}  // namespace mxray::cli
