// SPDX-License-Identifier: Apache-2.0
// Does --since mean the moment that was written?
#include "cli/moment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>

#include "base/time.h"
#include "cli_fake_daemon.h"
#include "format/incident_json.h"
#include "format_samples.h"

namespace mxray::cli {
namespace {

using testing::HasSubstr;

/// This machine is in another zone while it lives.
class ZoneOfMachine {
 public:
  explicit ZoneOfMachine(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  ~ZoneOfMachine() {
    unsetenv("TZ");
    tzset();
  }
  ZoneOfMachine(const ZoneOfMachine&) = delete;
  ZoneOfMachine& operator=(const ZoneOfMachine&) = delete;
};

const std::uint64_t kNow = *parse_rfc3339("2026-11-22T23:30:00Z");

std::string moment(std::string_view text, Zone zone = Zone::kUtc) {
  const auto time_ns = parse_moment(text, kNow, zone);
  return time_ns ? rfc3339(*time_ns) : "none";
}

TEST(Moment, IsADurationAgoOrATimeOfTheClock) {
  EXPECT_EQ(moment("2h"), "2026-11-22T21:30:00.000000Z");
  EXPECT_EQ(moment("90s"), "2026-11-22T23:28:30.000000Z");
  EXPECT_EQ(moment("2026-11-22T14:00:00Z"), "2026-11-22T14:00:00.000000Z");
  EXPECT_EQ(moment("2026-11-22T14:00:00.250000Z"), "2026-11-22T14:00:00.250000Z");
  EXPECT_EQ(moment("2026-11-22T14:00:00+08:00"), "2026-11-22T06:00:00.000000Z");
  EXPECT_EQ(moment("2026-11-22 14:00-03:30"), "2026-11-22T17:30:00.000000Z");
  EXPECT_EQ(moment("2026-11-22 14:00"), "2026-11-22T14:00:00.000000Z");
  EXPECT_EQ(moment("2026-11-22"), "2026-11-22T00:00:00.000000Z");
  EXPECT_EQ(moment("14:05:06"), "2026-11-22T14:05:06.000000Z");
}

TEST(Moment, WithoutAZoneIsInTheZoneThatIsShown) {
  const ZoneOfMachine tokyo("JST-9");
  EXPECT_EQ(moment("2026-11-22 14:00", Zone::kLocal), "2026-11-22T05:00:00.000000Z");
  EXPECT_EQ(moment("08:00", Zone::kLocal), "2026-11-22T23:00:00.000000Z");  // there it is the 23rd
  EXPECT_EQ(moment("2026-11-22 14:00"), "2026-11-22T14:00:00.000000Z");
}

TEST(Moment, OfTheClockIsTheLatestThatHasBeen) {
  EXPECT_EQ(moment("23:30"), "2026-11-22T23:30:00.000000Z");
  EXPECT_EQ(moment("23:31"), "2026-11-21T23:31:00.000000Z");
  const std::uint64_t at_the_first = *parse_rfc3339("2026-12-01T03:00:00Z");
  EXPECT_EQ(rfc3339(*parse_moment("23:00", at_the_first, Zone::kUtc)),
            "2026-11-30T23:00:00.000000Z");
  const ZoneOfMachine tokyo("JST-9");
  EXPECT_EQ(moment("14:00", Zone::kLocal), "2026-11-22T05:00:00.000000Z");
}

TEST(Moment, ThatIsShownCanBeGivenBack) {
  const ZoneOfMachine newfoundland("NST+3:30");
  const std::string local = timestamp(kNow, Zone::kLocal);
  EXPECT_EQ(local, "2026-11-22T20:00:00.000000-03:30");
  EXPECT_EQ(*parse_moment(local, kNow, Zone::kUtc), kNow);
  EXPECT_EQ(*parse_moment(timestamp(kNow, Zone::kUtc), kNow, Zone::kLocal), kNow);
}

TEST(Moment, ThatDoesNotExistIsRefused) {
  for (const char* text :
       {"", "yesterday", "2026-11-31", "2026-13-01", "2026-11-22 24:00", "2026-11-22 14:60",
        "2026-11-22T", "2026-11-22 14", "2026-11-22 14:00 UTC", "2026-11-22T14:00:00.Z",
        "2026-11-22T14:00:00+0800", "14:00Z ", "1969-01-01", "-1h", "2 h", "26-11-22"}) {
    EXPECT_EQ(moment(text), "none") << text;
  }
}

TEST(Moment, OutsideOfTheYearsThatAreCountedIsRefusedAndNotWrapped) {
  for (const char* text : {"1969-12-31", "2262-04-12", "2600-01-01", "9999-12-31T23:59:59Z",
                           "99999999999h", "5000000h", "99999999999999999999999s"}) {
    const auto time_ns = parse_moment(text, kNow, Zone::kUtc);
    ASSERT_FALSE(time_ns) << text;
    EXPECT_THAT(time_ns.error().message,
                HasSubstr("is too far away; a time must lie from 1970-01-01 to 2262-04-11"));
  }
  EXPECT_EQ(moment("2262-04-11"), "2262-04-11T00:00:00.000000Z");
  EXPECT_EQ(moment("1970-01-01"), "1970-01-01T00:00:00.000000Z");
}

TEST(Period, ThatIsYetToComeIsRefused) {
  const Outcome outcome = run_mxray({"incidents", "--since", "2262-01-01"});
  EXPECT_EQ(outcome.exit, ExitCode::kUsage);
  EXPECT_THAT(outcome.err, testing::StartsWith(
                               "mxray: --since, 2262-01-01T00:00:00.000000Z, is yet to come; it"));
  EXPECT_NE(run_mxray({"incidents", "--until", "2262-01-01"}).exit, ExitCode::kUsage);
}

TEST(Period, ThatEndsBeforeItBeginsIsRefusedByEveryCommandThatTakesOne) {
  const std::vector<std::vector<std::string>> commands = {
      {"incidents"}, {"incidents", "--group"}, {"flows"}, {"report", "--output", "/dev/null"}};
  for (std::vector<std::string> arguments : commands) {
    arguments.insert(arguments.end(), {"--since", "2h", "--until", "3h"});
    const Outcome outcome = run_mxray(arguments);
    EXPECT_EQ(outcome.exit, ExitCode::kUsage) << arguments[0];
    EXPECT_THAT(outcome.err, testing::ContainsRegex("--since, .*Z, is later than --until, .*Z"));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST(Moment, BoundsWhatIsListed) {
  Incident later = samples::forged_reply();
  later.time_ns += 3'600'000'000'000;
  Response response;
  response.body = to_json_line(samples::forged_reply(), 1) + "\n" + to_json_line(later, 2) + "\n";
  const FakeDaemon daemon("/v1/incidents", response);
  const std::string until = rfc3339(samples::forged_reply().time_ns + 1000);
  const Outcome outcome = run_mxray({"incidents", "--json", "--since", "2006-01-01", "--until",
                                     until, "--socket", daemon.socket()});
  EXPECT_EQ(outcome.out, to_json_line(samples::forged_reply(), 1) + "\n");
  EXPECT_EQ(daemon.requests().at(0).query.at("since_ns"), "1136073600000000000");
}

TEST(Moment, ThatIsNoneIsRefusedInOneSentence) {
  for (const char* option : {"--since", "--until"}) {
    const Outcome outcome = run_mxray({"incidents", option, "noon"});
    EXPECT_EQ(outcome.exit, ExitCode::kUsage);
    EXPECT_THAT(outcome.err, HasSubstr("'noon' is no time; write how long ago (90s"));
  }
}

TEST(LocalTime, IsShownWithItsZoneWhereAskedFor) {
  const ZoneOfMachine tokyo("JST-9");
  Response response;
  response.body = to_json_line(samples::forged_reply(), 1) + "\n";
  const FakeDaemon daemon("/v1/incidents", response);
  const std::vector<std::string> arguments = {"incidents", "--socket", daemon.socket()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), arguments.begin(), arguments.end());
    return run_mxray(more).out;
  };
  const std::string local = timestamp(samples::forged_reply().time_ns, Zone::kLocal);
  ASSERT_THAT(local, HasSubstr("+09:00"));
  EXPECT_THAT(with({"--time", "local"}), testing::StartsWith(local));
  EXPECT_THAT(with({}), testing::StartsWith(rfc3339(samples::forged_reply().time_ns)));
  EXPECT_EQ(with({"--time", "local", "--json"}), with({"--json"}));  // always UTC
}

}  // namespace
}  // namespace mxray::cli
