// SPDX-License-Identifier: Apache-2.0
// Does --group show waves, whole ones, and say what it could not know?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/incident_json.h"
#include "format/wave_json.h"
#include "format/wave_text.h"
#include "made_up_forgeries.h"

namespace mxray::cli {
namespace {

using made_up::forgery;
using made_up::forgery_of_class;
using made_up::kHour;
using made_up::kSecond;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Two waves at one server and, between them, one at another server.
std::vector<Incident> forgeries() {
  Incident elsewhere = forgery_of_class("mimic", 50, 60 * kSecond, 3);
  elsewhere.server = made_up::endpoint("2001:db8::25", 25);
  return {forgery(0, 1), forgery(30 * kSecond, 2), elsewhere, forgery(3 * kHour, 4)};
}

Response answer(const std::vector<Incident>& incidents, std::uint64_t complete_since_ns = 0) {
  Response response;
  std::uint64_t revision = 0;
  for (const Incident& incident : incidents) {
    response.body += to_json_line(incident, ++revision) + "\n";
  }
  response.headers["X-Mxray-Records-Lost"] = "0";
  response.headers["X-Mxray-Complete-Since-Ns"] = std::to_string(complete_since_ns);
  return response;
}

Outcome run_group(const FakeDaemon& daemon, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"incidents", "--group", "--socket", daemon.socket()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_mxray(arguments);
}

TEST(GroupOption, ShowsABlockAWaveTheNewestLast) {
  const FakeDaemon daemon("/v1/incidents", answer(forgeries()));
  const Outcome outcome = run_group(daemon);
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  const auto waves = group_into_waves(forgeries());
  ASSERT_EQ(waves.size(), 3U);
  EXPECT_EQ(outcome.out,
            describe(waves[0], 0) + "\n" + describe(waves[1], 0) + "\n" + describe(waves[2], 0));
  EXPECT_THAT(outcome.out, StartsWith("2006-09-26 14:44:53 to 14:45:23 UTC  forged: 2 replies"));
}

TEST(GroupOption, WritesALineOfJsonAWave) {
  const FakeDaemon daemon("/v1/incidents", answer(forgeries()));
  std::string expected;
  for (const Wave& wave : group_into_waves(forgeries())) expected += to_json_line(wave) + "\n";
  EXPECT_EQ(run_group(daemon, {"--json"}).out, expected);
}

TEST(GroupOption, TakesAnotherGap) {
  const FakeDaemon daemon("/v1/incidents", answer(forgeries()));
  const auto waves = [&](const char* gap) {
    const std::string out = run_group(daemon, {"--json", "--gap", gap}).out;
    return std::count(out.begin(), out.end(), '\n');
  };
  EXPECT_EQ(waves("3h"), 2);
  EXPECT_EQ(waves("30s"), 3);
  EXPECT_EQ(waves("29s"), 4);
}

TEST(GroupOption, AsksForForgeriesOnlyAndForThoseOfAllServers) {
  const FakeDaemon daemon("/v1/incidents", answer(forgeries()));
  run_group(daemon, {"--since", "2h", "--server", "203.131.198.80"});
  const Request request = daemon.requests().at(0);
  EXPECT_EQ(request.query.at("kind"), "forged_reply,forged_reset");
  EXPECT_EQ(request.query.count("since_ns"), 1U);
  EXPECT_EQ(request.query.count("server"), 0U);
  run_group(daemon, {"--kind", "forged_reset"});
  EXPECT_EQ(daemon.requests().at(1).query.at("kind"), "forged_reset");
}

TEST(GroupOption, ShowsWavesThatHitTheServerWithAllThatTheyHit) {
  auto incidents = forgeries();
  incidents[1].server = made_up::endpoint("198.18.0.25", 25);
  const FakeDaemon daemon("/v1/incidents", answer(incidents));
  const std::string out = run_group(daemon, {"--server", "198.18.0.25"}).out;
  EXPECT_THAT(out, HasSubstr("  server    1 198.18.0.25, 1 203.131.198.80\n"));
  EXPECT_EQ(out, describe(group_into_waves(incidents).at(0), 0));
  EXPECT_EQ(run_group(daemon, {"--server", "2001:DB8::25"}).out,
            describe(group_into_waves(incidents).at(1), 0));
}

TEST(GroupOption, SaysOnStderrThatThereAreNoForgeries) {
  const FakeDaemon daemon("/v1/incidents", answer({}));
  const Outcome outcome = run_group(daemon);
  EXPECT_EQ(outcome.exit, ExitCode::kOk);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(outcome.err, "No forged replies or resets.\n");
  EXPECT_THAT(run_group(daemon, {"--json"}).err, IsEmpty());
}

TEST(GroupOption, SaysFromWhenOnTheDaemonsListIsComplete) {
  const FakeDaemon daemon("/v1/incidents", answer(forgeries(), made_up::kStart));
  const Outcome outcome = run_group(daemon);
  EXPECT_EQ(outcome.exit, ExitCode::kOk);
  EXPECT_EQ(outcome.err,
            "mxray: the daemon's list is full, so incidents before 2006-09-26T14:44:53.000000Z "
            "may be missing; a shorter --since avoids that\n");
  EXPECT_THAT(outcome.out, Not(IsEmpty()));
  EXPECT_THAT(run_group(daemon, {"--since", "7d"}).err, IsEmpty());  // asks for later ones only
}

TEST(GroupOption, EndsWithCodeFiveIfRecordsWereLost) {
  Response response = answer(forgeries());
  response.headers["X-Mxray-Records-Lost"] = "3";
  const FakeDaemon daemon("/v1/incidents", response);
  EXPECT_EQ(run_group(daemon).exit, ExitCode::kPartial);
}

TEST(GroupOption, ComplainsAboutALineThatIsNoIncident) {
  Response response = answer(forgeries());
  response.body += "<html>\n";
  const FakeDaemon daemon("/v1/incidents", response);
  const Outcome outcome = run_group(daemon);
  EXPECT_EQ(outcome.exit, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("is no incident"));
}

TEST(GroupOption, IsRefusedInOneSentenceWhereItMakesNoSense) {
  const struct {
    std::vector<std::string> arguments;
    const char* complaint;
  } cases[] = {
      {{"incidents", "--group", "--follow"}, "--follow excludes --group"},
      {{"incidents", "--gap", "1h"}, "--gap requires --group"},
      {{"incidents", "--group", "--gap", "soon"}, "'soon' is no duration"},
  };
  for (const auto& [arguments, complaint] : cases) {
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << complaint;
    EXPECT_THAT(outcome.err, HasSubstr(complaint));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

}  // namespace
}  // namespace mxray::cli
