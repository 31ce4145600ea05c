// SPDX-License-Identifier: Apache-2.0
// Do incidents, explain, flows and status show what the daemon says?
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/explain.h"
#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

Response ndjson(std::string body, const char* lost = "0") {
  Response response;
  response.body = std::move(body);
  response.headers["X-Mxray-Records-Lost"] = lost;
  return response;
}

const std::string kTwoIncidents = to_json_line(samples::forged_reply(), 1) + "\n" +
                                  to_json_line(samples::ident_stall(), 2) + "\n";

TEST(IncidentsCommand, PrintsALineEach) {
  const FakeDaemon daemon("/v1/incidents", ndjson(kTwoIncidents));
  const Outcome outcome = run_mxray({"incidents", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_EQ(outcome.out,
            one_line(samples::forged_reply()) + "\n" + one_line(samples::ident_stall()) + "\n");
}

TEST(IncidentsCommand, HandsJsonOnAsItIs) {
  const FakeDaemon daemon("/v1/incidents", ndjson(kTwoIncidents));
  EXPECT_EQ(run_mxray({"--socket", daemon.socket(), "incidents", "--json"}).out, kTwoIncidents);
}

TEST(IncidentsCommand, AsksOnlyForWhatTheUserWants) {
  const FakeDaemon daemon("/v1/incidents", ndjson(""));
  const std::uint64_t before = wall_clock_ns();
  const Outcome outcome =
      run_mxray({"incidents", "--socket", daemon.socket(), "--since", "2h", "--kind",
                 "forged_reply", "--kind", "ident_stall", "--server", "2001:DB8::1"});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  const Request request = daemon.requests().at(0);
  EXPECT_EQ(request.query.at("kind"), "forged_reply,ident_stall");
  EXPECT_EQ(request.query.at("server"), "2001:db8::1");
  constexpr std::uint64_t kTwoHours = 7'200'000'000'000;
  const std::uint64_t since = std::stoull(request.query.at("since_ns"));
  EXPECT_GE(since, before - kTwoHours);
  EXPECT_LE(since, wall_clock_ns() - kTwoHours);
  EXPECT_EQ(request.query.count("after"), 0U);
}

TEST(IncidentsCommand, SaysOnStderrThatThereAreNone) {
  const FakeDaemon daemon("/v1/incidents", ndjson(""));
  const Outcome outcome = run_mxray({"incidents", "--socket", daemon.socket()});
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(outcome.err, "No incidents.\n");
  EXPECT_THAT(run_mxray({"incidents", "--json", "--socket", daemon.socket()}).err, IsEmpty());
}

// Of all incidents the daemon has those two; what asks for a kind or a time gets none.
Response answer_with_limits(const Request& request) {
  const bool for_all = request.query.count("kind") + request.query.count("since_ns") == 0;
  Response response = ndjson(for_all ? kTwoIncidents : "");
  response.headers["X-Mxray-Complete-Since-Ns"] =
      std::to_string(*parse_rfc3339("2026-11-21T00:00:00Z"));
  return response;
}

TEST(IncidentsCommand, SaysWhetherALimitOfTheQuestionHidesSome) {
  const FakeDaemon daemon(answer_with_limits);
  const auto err = [&daemon](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--socket", daemon.socket()});
    return run_mxray(arguments).err;
  };
  const std::string latest =
      fmt::format(" The latest of all is {}, ident_stall, of {}.\n", samples::ident_stall().id,
                  rfc3339(samples::ident_stall().time_ns));
  EXPECT_EQ(err({"incidents", "--since", "2026-11-22", "--kind", "smtp_proxy"}),
            "No incidents (only kind smtp_proxy) since 2026-11-22T00:00:00.000000Z." + latest);
  EXPECT_EQ(err({"incidents", "--until", "1999-12-31"}),
            "No incidents until 1999-12-31T00:00:00.000000Z." + latest +
                "mxray: the daemon's list is full, so incidents before "
                "2026-11-21T00:00:00.000000Z may be missing; a shorter --since avoids that\n");
  EXPECT_THAT(err({"incidents", "--group", "--since", "2026-11-22"}),
              testing::StartsWith("No forged replies or resets since 2026-11-22T00:00"));
  EXPECT_EQ(daemon.requests().at(1).query.at("limit"), "1") << "one is enough to know";
}

TEST(IncidentsCommand, SaysThatThereAreNoneAtAllWhateverTheLimits) {
  const FakeDaemon daemon("/v1/incidents", ndjson(""));
  EXPECT_EQ(run_mxray({"incidents", "--kind", "smtp_proxy", "--socket", daemon.socket()}).err,
            "No incidents (only kind smtp_proxy). There are none at all.\n");
}

TEST(IncidentsCommand, EndsWithCodeFiveIfRecordsWereLost) {
  const FakeDaemon daemon("/v1/incidents", ndjson(kTwoIncidents, "3"));
  const Outcome outcome = run_mxray({"incidents", "--json", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kPartial);
  EXPECT_EQ(outcome.out, kTwoIncidents);
  EXPECT_THAT(outcome.err, HasSubstr("3 records were lost"));
}

TEST(IncidentsCommand, EndsWithCodeThreeIfNoDaemonAnswers) {
  const Outcome outcome = run_mxray({"incidents", "--socket", "/nonexistent/socket"});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/socket"));
}

TEST(IncidentsCommand, ComplainsAboutALineThatIsNoIncident) {
  const FakeDaemon daemon("/v1/incidents", ndjson("<html>\n"));
  const Outcome outcome = run_mxray({"incidents", "--json", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("is no incident: incident is not valid JSON"));
}

TEST(ExplainCommand, ShowsThePackets) {
  const FakeDaemon daemon("/v1/incidents/0123456789ab",
                          ndjson(to_json_full(samples::forged_reply()) + "\n"));
  const Outcome outcome = run_mxray({"explain", "0123456789ab", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, StartsWith(explain(samples::forged_reply())));
}

TEST(ExplainCommand, SaysThatThereIsNoSuchIncident) {
  const FakeDaemon daemon("/v1/flows", ndjson(""));
  const Outcome outcome = run_mxray({"explain", "../status", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_EQ(outcome.err,
            "mxray: there is no incident '../status'; `mxray incidents` lists those that the "
            "daemon keeps\n");
}

TEST(FlowsCommand, ShowsWhoWaitsForWhom) {
  const FakeDaemon daemon("/v1/flows", ndjson(to_json_line(samples::waiting_flow()) + "\n"));
  const Outcome outcome = run_mxray({"flows", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("pop3 +waiting +192\\.168\\.1\\.200:1523 \\(as "
                                         "203\\.0\\.113\\.9:42390\\) +\\[2001:db8::25\\]:110 "
                                         "+188\\.6 +12\\.5 +dropped +eth0\n"));
}

TEST(FlowsCommand, HandsJsonOnAsItIsAndCountsLosses) {
  const std::string line = to_json_line(samples::waiting_flow()) + "\n";
  const FakeDaemon daemon("/v1/flows", ndjson(line, "1"));
  const Outcome outcome = run_mxray({"flows", "--json", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kPartial);
  EXPECT_EQ(outcome.out, line);
}

TEST(StatusCommand, ShowsHooksStoreLossesAndCounters) {
  const FakeDaemon daemon("/v1/status", ndjson(to_json_line(samples::status()) + "\n"));
  const Outcome outcome = run_mxray({"status", "--socket", daemon.socket()});
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("mxrayd 0.1.0, up 01:02:05;"));
  EXPECT_THAT(outcome.out, HasSubstr("42 lost"));
  EXPECT_THAT(outcome.out, HasSubstr("store: degraded, the disk is full\n"
                                     "privileges: holds no capability; system calls are filtered\n"
                                     "restart: nothing goes unwatched, pinned below "
                                     "/sys/fs/bpf/mxray\n"
                                     "the web configuration on disk is not in force: web.yml:2: "
                                     "users: this key is unknown\n\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("eth0 +egress +tc +kernel 6\\.1 has no TCX\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("mail_packets +100\n"));
  EXPECT_THAT(outcome.out, ContainsRegex("established +25 +100 +25 %\n"));
}

TEST(StatusCommand, HandsJsonOnAsOneLine) {
  const std::string line = to_json_line(samples::status());
  const FakeDaemon daemon("/v1/status", ndjson(line));
  EXPECT_EQ(run_mxray({"status", "--json", "--socket", daemon.socket()}).out, line + "\n");
}

TEST(Flows, ThatCannotBeWrittenAreNoSuccess) {
  const FakeDaemon daemon("/v1/flows", ndjson(to_json_line(samples::waiting_flow()) + "\n"));
  std::ofstream full("/dev/full");
  std::ostringstream err;
  const ExitCode exit =
      run({"flows", "--json", "--socket", daemon.socket()}, Output{.out = full, .err = err});
  EXPECT_EQ(exit, ExitCode::kPartial);
  EXPECT_THAT(err.str(), HasSubstr("cannot write to standard output"));
}

}  // namespace
}  // namespace mxray::cli
