// SPDX-License-Identifier: Apache-2.0
// Does explain say where the forger sits, and by which path?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli_fake_daemon.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPlace = "behind hop 6 (210.53.126.2), before hop 7";
constexpr std::uint64_t kHour = 3'600'000'000'000;

/// A daemon that knows one incident and, if there is one, a path to its server.
class Place : public testing::Test {
 protected:
  Place() : daemon_([this](const Request& request) { return answer(request); }) {
    std::string pattern = std::filesystem::temp_directory_path() / "mxray-place-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Place() override { std::filesystem::remove_all(directory_); }

  Response answer(const Request& request) const {
    if (request.path == "/v1/incidents/" + incident_.id) return {.body = to_json_full(incident_)};
    const auto server = request.query.find("server");
    const bool asked_for_it = request.path == "/v1/paths" && server != request.query.end() &&
                              server->second == to_string(incident_.server.address);
    if (asked_for_it && path_) return {.body = to_json_line(*path_) + "\n"};
    return {.status = 404, .body = "{\"error\": \"there is none\"}"};
  }
  [[nodiscard]] Outcome explain(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"explain", incident_.id, "--socket", daemon_.socket()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_mxray(arguments);
  }
  [[nodiscard]] std::string write(const std::string& text) const {
    std::ofstream(directory_ / "path") << text;
    return directory_ / "path";
  }

  Incident incident_ = samples::forged_reply();
  std::optional<Path> path_;
  std::filesystem::path directory_;
  FakeDaemon daemon_;  // last: it reads the others
};

TEST_F(Place, ComesFromTheDaemonsPathAfterTheRemedy) {
  path_ = samples::path();
  const Outcome outcome = explain();
  EXPECT_EQ(outcome.exit, ExitCode::kOk) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(kPlace));
  EXPECT_LT(outcome.out.find("What to do"), outcome.out.find("\nWhere\n")) << outcome.out;
  EXPECT_THAT(outcome.out, Not(HasSubstr("was measured")));
}

TEST_F(Place, WithoutAPathIsALineThatSaysHowToGetOne) {
  EXPECT_THAT(explain().out, AllOf(HasSubstr("\nWhere\n"), HasSubstr("No path to 203.131.198.80"),
                                   HasSubstr("`mxray trace 203.131.198.80:25`")));
  EXPECT_THAT(explain({"--json"}).out, HasSubstr(R"("placement":null)"));
}

TEST_F(Place, ComesFromAFileOfEitherForm) {
  const std::string json = to_json_line(samples::path());
  EXPECT_THAT(explain({"--path", write(json + "\n")}).out, HasSubstr(kPlace));
  std::string pasted = "traceroute to x (203.131.198.80), 64 hops max\r\n";
  for (const Hop& hop : samples::path().hops) {
    pasted += " " + std::to_string(hop.distance) + "  " + to_string(hop.addresses[0]) + "  " +
              std::to_string(*hop.rtt_ms) + " ms\r\n";
  }
  EXPECT_THAT(explain({"--path", write(pasted)}).out, HasSubstr(kPlace));
}

TEST_F(Place, IsPartOfTheJson) {
  path_ = samples::path();
  EXPECT_THAT(
      explain({"--json"}).out,
      AllOf(HasSubstr(R"("packets":[)"),
            HasSubstr(std::string(R"("placement":{"agreement":"agree","place":")") + kPlace),
            HasSubstr(R"("delay":{"nearest":5,"farthest":8}})")));
}

TEST_F(Place, TellsThatThePathIsOfAnotherDay) {
  path_ = samples::path();
  path_->time_ns = incident_.time_ns + 23 * kHour;
  EXPECT_THAT(explain().out, Not(HasSubstr("was measured")));
  path_->time_ns = incident_.time_ns + 30 * kHour;
  EXPECT_THAT(explain().out, HasSubstr("measured 30 hours after the incident"));
  path_->time_ns = incident_.time_ns - 80 * kHour;
  EXPECT_THAT(explain().out, HasSubstr("measured 3 days before the incident"));
}

TEST_F(Place, RefusesAPathToAnotherServer) {
  Path other = samples::path();
  other.server.address = *parse_address("192.0.2.9");
  const Outcome outcome = explain({"--path", write(to_json_line(other))});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("leads to 192.0.2.9"), HasSubstr("`mxray trace 203.131.198.80:25`")));
  EXPECT_EQ(outcome.out, "");
}

TEST_F(Place, NamesTheFileAndLineThatAreWrong) {
  EXPECT_THAT(explain({"--path", write(" 1  router  5 ms\n")}).err,
              AllOf(HasSubstr(directory_.string() + "/path: line 1"), HasSubstr("trace with -n")));
  EXPECT_THAT(explain({"--path", write("{\"hops\": 7}")}).err, HasSubstr("path.server"));
  EXPECT_THAT(explain({"--path", write(std::string(70'000, ' '))}).err, HasSubstr("65536"));
  EXPECT_THAT(explain({"--path", directory_}).err, HasSubstr("cannot read"));
  EXPECT_THAT(explain({"--path", "/nonexistent/p"}).err, HasSubstr("cannot open /nonexistent/p"));
}

TEST_F(Place, IsNotAskedForWhereThereIsNoForger) {
  incident_ = samples::ident_stall();
  EXPECT_THAT(explain().out, Not(HasSubstr("\nWhere\n")));
  const Outcome outcome = explain({"--path", write(to_json_line(samples::path()))});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, HasSubstr("no forger to place"));
}

TEST_F(Place, OfAForgerInTheClientsNameIsNotLookedForOnTheWayToTheServer) {
  incident_.forgery->impersonated = "client";
  for (const bool has_path : {false, true}) {
    if (has_path) path_ = samples::path();
    EXPECT_THAT(explain().out,
                AllOf(HasSubstr("spoke in the client's name"), HasSubstr("and this gateway first"),
                      Not(HasSubstr("mxray trace")), Not(HasSubstr(kPlace))));
  }
  EXPECT_THAT(explain({"--json"}).out,
              AllOf(HasSubstr(R"("placement":{"agreement":"nothing")"), Not(HasSubstr(kPlace))));
}

TEST_F(Place, OfAnOlderDaemonThatKnowsNoPathsIsSimplyUnknown) {
  incident_ = samples::bare_reset();
  EXPECT_EQ(explain().exit, ExitCode::kOk);
  path_ = samples::path();
  path_->server.address = incident_.server.address;
  EXPECT_THAT(explain().out, HasSubstr("Nothing places the forger"));
}

}  // namespace
}  // namespace mxray::cli
