// SPDX-License-Identifier: Apache-2.0
// Is output in the form, the colour and the width that were asked for?
#include "cli/output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "base/fd.h"
#include "cli_fake_daemon.h"
#include "format/explain.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/table.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A variable of the environment while it lives; it is unset before and after.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

Response ndjson(std::string body) {
  Response response;
  response.body = std::move(body);
  response.headers["X-Mxray-Records-Lost"] = "0";
  return response;
}

const std::string kIncidents = to_json_line(samples::forged_reply(), 1) + "\n" +
                               to_json_line(samples::ident_stall(), 2) + "\n";
const std::string kFlow = to_json_line(samples::waiting_flow()) + "\n";

/// What a terminal of that width gets.
std::string shown(const FakeDaemon& daemon, std::vector<std::string> arguments, int width = 0,
                  bool colour = false) {
  std::ostringstream out;
  std::ostringstream err;
  arguments.insert(arguments.end(), {"--socket", daemon.socket()});
  run(std::move(arguments), Output{.out = out, .err = err, .colour = colour, .width = width});
  EXPECT_EQ(err.str(), "");
  return out.str();
}

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    longest = std::max(longest, display_width(line));
  }
  return longest;
}

TEST(OutputForm, OfIncidentsIsLinesATableOrJson) {
  const FakeDaemon daemon("/v1/incidents", ndjson(kIncidents));
  EXPECT_EQ(shown(daemon, {"incidents", "--output", "line"}), shown(daemon, {"incidents"}));
  EXPECT_EQ(shown(daemon, {"incidents", "--output", "json"}), kIncidents);
  const std::string table = shown(daemon, {"incidents", "--output", "table"});
  EXPECT_THAT(table, StartsWith("time "));
  EXPECT_THAT(table, ContainsRegex("ident_stall +" + samples::ident_stall().id));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 3);
}

TEST(OutputForm, OfFlowsIsATableLinesOrJson) {
  const FakeDaemon daemon("/v1/flows", ndjson(kFlow));
  EXPECT_EQ(shown(daemon, {"flows", "--output", "table"}), shown(daemon, {"flows"}));
  EXPECT_EQ(shown(daemon, {"flows", "--output", "json"}), kFlow);
  EXPECT_THAT(
      shown(daemon, {"flows", "--output", "line"}),
      ContainsRegex("Z waiting pop3 192\\.168\\.1\\.200:1523 \\(as 203\\.0\\.113\\.9:42390\\) "
                    "-> \\[2001:db8::25\\]:110 on eth0, waiting 12\\.5 s, ident dropped"));
}

TEST(OutputForm, ThatACommandLacksIsRefusedInOneSentence) {
  const struct {
    std::vector<std::string> arguments;
    std::string complaint;
  } cases[] = {
      {{"flows", "--output", "xml"}, "'xml' is no form; there are table, line, json"},
      {{"status", "--output", "table"}, "'table' is no form; there are text, json"},
      {{"incidents", "--json", "--output", "line"}, "--output excludes --json"},
      {{"incidents", "--follow", "--until", "14:00"}, "--until"},
      {{"incidents", "--color", "sometimes"}, "sometimes"},
      {{"incidents", "--time", "mars"}, "mars"},
  };
  for (const auto& [arguments, complaint] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << complaint;
    EXPECT_THAT(outcome.err, HasSubstr(complaint));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST(OutputWidth, IsKeptByTablesAndNoAddressIsCut) {
  const FakeDaemon incidents("/v1/incidents", ndjson(kIncidents));
  const FakeDaemon flows("/v1/flows", ndjson(kFlow));
  for (const int width : {60, 80, 100, 132, 200}) {
    const std::string table = shown(incidents, {"incidents", "--output", "table"}, width);
    EXPECT_LE(longest_line(table), static_cast<std::size_t>(width)) << table;
    EXPECT_THAT(table, HasSubstr(to_string(samples::forged_reply().server)));
    const std::string flow = shown(flows, {"flows"}, width);
    EXPECT_LE(longest_line(flow), static_cast<std::size_t>(width)) << flow;
    for (const char* part : {"192.168.1.200:1523 (as 203.0.113.9:42390)", "[2001:db8::25]:110",
                             "12.5", "dropped", "eth0"}) {
      EXPECT_THAT(flow, HasSubstr(part)) << width;
    }
  }
}

TEST(Colour, IsWhatTheOptionSaysWhateverTheOutputIs) {
  const FakeDaemon daemon("/v1/incidents", ndjson(kIncidents));
  EXPECT_THAT(shown(daemon, {"incidents", "--color", "always"}), HasSubstr("\x1b[31m"));
  EXPECT_THAT(shown(daemon, {"incidents", "--colour=never"}, 80, true), Not(HasSubstr("\x1b")));
  EXPECT_THAT(shown(daemon, {"incidents", "--color", "auto"}, 80, true), HasSubstr("\x1b[31m"));
  EXPECT_THAT(shown(daemon, {"incidents", "--json", "--color", "always"}), Not(HasSubstr("\x1b")));
}

TEST(Colour, ObeysTheEnvironment) {
  EXPECT_FALSE(wants_colour(false));
  {
    const Variable term("TERM", "xterm");
    EXPECT_TRUE(wants_colour(true));
    const Variable no_colour("NO_COLOR", "1");
    EXPECT_FALSE(wants_colour(true));
    const Variable force("CLICOLOR_FORCE", "1");
    EXPECT_FALSE(wants_colour(true));  // who says no, means it
  }
  {
    const Variable dumb("TERM", "dumb");
    EXPECT_FALSE(wants_colour(true));
    const Variable empty("NO_COLOR", "");
    const Variable force("CLICOLOR_FORCE", "1");
    EXPECT_TRUE(wants_colour(false));
  }
  const Variable no_force("CLICOLOR_FORCE", "0");
  EXPECT_FALSE(wants_colour(false));
}

int width_of_standard_output() {
  DescriptorStream out(STDOUT_FILENO);
  return standard_output(out).width;
}

/// How `mxray arguments...` ends whose output goes to `fd`, and what it complains of.
Outcome written_to(int fd, std::vector<std::string> arguments) {
  DescriptorStream out(fd);
  std::ostringstream err;
  const auto write_error = standard_output(out).write_error;
  const ExitCode exit =
      run(std::move(arguments), Output{.out = out, .err = err, .write_error = write_error});
  return {.exit = exit, .out = {}, .err = err.str()};
}

TEST(OutputThatCannotBeWritten, IsToldWithTheReasonWhateverWasAskedFor) {
  const FakeDaemon daemon("/v1/flows", ndjson(kFlow));
  const Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  const std::vector<std::vector<std::string>> commands = {
      {"flows", "--socket", daemon.socket()}, {"--help"}, {"--version"}, {"flows", "--help"}};
  for (const std::vector<std::string>& arguments : commands) {
    const Outcome outcome = written_to(full.get(), arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kPartial) << arguments[0];
    EXPECT_EQ(outcome.err, "mxray: cannot write to standard output: No space left on device\n");
  }
}

TEST(OutputThatNobodyReads, EndsInSilence) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += kIncidents;  // more than a pipe's buffer
  const FakeDaemon daemon("/v1/incidents", ndjson(many));
  signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const Fd writer(ends[1]);
  close(ends[0]);
  const std::vector<std::vector<std::string>> commands = {
      {"--help"},
      {"incidents", "--socket", daemon.socket()},
      {"incidents", "--follow", "--socket", daemon.socket()}};
  for (const std::vector<std::string>& arguments : commands) {
    const Outcome outcome = written_to(writer.get(), arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kOk) << arguments[0];
    EXPECT_EQ(outcome.err, "") << arguments[0];
  }
  signal(SIGPIPE, SIG_DFL);
}

TEST(DescriptorStream, WritesAllThatItIsGiven) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + '\n';
  DescriptorStream out(fileno(file));
  out << text << text.substr(0, 10) << std::flush;
  EXPECT_EQ(out.error(), 0);
  std::string read(text.size() + 100, ' ');
  read.resize(static_cast<std::size_t>(pread(fileno(file), read.data(), read.size(), 0)));
  EXPECT_EQ(read, text + text.substr(0, 10));
  std::fclose(file);
}

TEST(OutputWidth, IsThatOfColumnsIfSet) {
  {
    const Variable columns("COLUMNS", "61");
    EXPECT_EQ(width_of_standard_output(), 61);
  }
  const Variable nonsense("COLUMNS", "wide");
  EXPECT_NE(width_of_standard_output(), 61);
  EXPECT_GE(width_of_standard_output(), 0);
}

}  // namespace
}  // namespace mxray::cli
