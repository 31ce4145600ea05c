// SPDX-License-Identifier: Apache-2.0
// Do flags mean what they say, and do they win over the file?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "daemon/command_line.h"
#include "daemon/permissions.h"
#include "unit/daemon_made_up.h"

namespace mxray {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CommandLine, TakesEveryFlag) {
  const auto line = read_command_line(
      {"--interface", "eth0", "--interface", "eth1", "--ports", "25,8025=smtp", "--attach",
       "generic", "--slow-greeting", "2.5", "--socket", "/tmp/s", "--state-dir", "/tmp/d",
       "--web.listen-address", "[::1]:0", "--print-incidents", "--check-config"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_THAT(line->config.interfaces, ElementsAre("eth0", "eth1"));
  EXPECT_EQ(line->config.ports.size(), 2u);
  EXPECT_EQ(line->config.attach, AttachMode::kGeneric);
  EXPECT_DOUBLE_EQ(line->config.slow_greeting_seconds, 2.5);
  EXPECT_EQ(line->config.socket, "/tmp/s");
  EXPECT_EQ(line->config.state_dir, "/tmp/d");
  EXPECT_EQ(line->config.web_listen, (ListenAddress{"::1", 0}));
  EXPECT_TRUE(line->print_incidents);
  EXPECT_TRUE(line->check_only);
}

TEST(CommandLine, OverridesTheFileAndKeepsTheRest) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() / "m.yaml";
  std::ofstream(path) << "interfaces: [eth0, eth1]\nsocket: /from/file\nmax_flows: 999\n";
  const auto line = read_command_line({"--config", path, "--interface", "eth7"});
  ASSERT_TRUE(line) << line.error().message;
  EXPECT_THAT(line->config.interfaces, ElementsAre("eth7"));
  EXPECT_EQ(line->config.socket, "/from/file");
  EXPECT_EQ(line->config.max_flows, 999u);
}

TEST(CommandLine, NamesTheFlagThatIsWrong) {
  const auto line = read_command_line({"--interface", "a", "--slow-greeting", "soon"});
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().message,
            "--slow-greeting: 'soon' is not a number of seconds; write e.g. 5");
}

TEST(CommandLine, RefusesAFlagItDoesNotKnow) {
  const auto line = read_command_line({"--interface", "a", "--verbose"});
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, HasSubstr("--verbose"));
}

TEST(CommandLine, RefusesAWordThatBelongsToNoFlag) {
  const auto line = read_command_line({"--interface", "eth0", "eth1"});
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, HasSubstr("eth1"));
}

TEST(CommandLine, EchoesNothingThatATerminalObeysAndNotAllOfALongWord) {
  const std::string hostile = "a\x1b[2J\xe2\x80\xae\xff";
  const std::string longest(100'000, 'x');
  for (const std::string& word : {hostile, longest}) {
    const std::vector<std::vector<std::string>> lines = {
        {"--" + word},
        {word},
        {"--config", "/" + word},
        {"--interface", word},
        {"--interface", "a", "--slow-greeting", word},
        {"--interface", "a", "--ports", word}};
    for (const std::vector<std::string>& arguments : lines) {
      const auto line = read_command_line(arguments);
      ASSERT_FALSE(line);
      EXPECT_EQ(line.error().message.find_first_of("\x1b\xe2\xff"), std::string::npos);
      EXPECT_LE(line.error().message.size(), 360U) << arguments[0].substr(0, 20);
    }
  }
}

TEST(CommandLine, RefusesAFlagOfOneValueThatIsGivenTwice) {
  const auto line = read_command_line({"--interface", "a", "--socket", "/a", "--socket", "/b"});
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().message, StartsWith("--socket: it takes one value"));
}

TEST(CommandLine, WithoutAnInterfaceIsRefused) { EXPECT_FALSE(read_command_line({})); }

TEST(CommandLine, AnswersHelpAndVersionWithoutAConfiguration) {
  EXPECT_EQ(read_command_line({"--version"})->text, "mxrayd " + version() + "\n");
  EXPECT_THAT(read_command_line({"--help"})->text, HasSubstr("--web.listen-address ADDR:PORT"));
  EXPECT_THAT(read_command_line({"--help"})->text,
              HasSubstr("  --state-dir DIR           where incidents"));
}

TEST(SocketDirectory, IsMadeIfItIsMissing) {
  const testing::TemporaryDirectory directory;
  const auto missing = directory.path() / "run" / "mxray";
  EXPECT_TRUE(prepare_socket_directory(missing / "mxrayd.sock"));
  EXPECT_TRUE(std::filesystem::is_directory(missing));
}

TEST(SocketDirectory, ThatCannotBeMadeIsRefusedWithTheRemedy) {
  const testing::TemporaryDirectory directory;
  std::ofstream(directory.path() / "file") << "in the way";
  const Status status = prepare_socket_directory(directory.path() / "file" / "mxrayd.sock");
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("choose another place with --socket"));
}

}  // namespace
}  // namespace mxray
