// SPDX-License-Identifier: Apache-2.0
// Does a wave say what it may depend on, and nothing that it cannot know?
#include "format/wave_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "format/table.h"
#include "made_up_forgeries.h"

namespace mxray {
namespace {

using made_up::bare_reset;
using made_up::endpoint;
using made_up::forgery;
using made_up::kHour;
using made_up::kSecond;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<Incident> forgeries(unsigned count) {
  std::vector<Incident> incidents;
  for (unsigned i = 0; i < count; ++i) incidents.push_back(forgery(i * kSecond, i));
  return incidents;
}

Wave wave_of(const std::vector<Incident>& incidents) { return group_into_waves(incidents).at(0); }

TEST(Finding, OfFewerThanFiveIsThatTheyAreTooFew) {
  EXPECT_EQ(finding(wave_of(forgeries(1))), "Too few to tell what it depends on: 1 forgery.");
  EXPECT_EQ(finding(wave_of(forgeries(4))), "Too few to tell what it depends on: 4 forgeries.");
  EXPECT_THAT(finding(wave_of(forgeries(5))), Not(HasSubstr("Too few")));
}

TEST(Finding, ClaimsNoCauseWhereEverythingIsOneValue) {
  EXPECT_EQ(finding(wave_of(forgeries(15))),
            "May depend on the command (all 15 follow RCPT TO), the destination network (all 15 "
            "on connections to 203.131.198.0/24) or the client (all 15 on connections from "
            "10.4.1.4). Nothing is known of flows that were not hit.");
}

TEST(Finding, RulesOutWhatIsSpreadOverManyValues) {
  auto incidents = forgeries(15);
  for (unsigned i = 0; i < 15; ++i) {
    incidents[i].server = endpoint(fmt::format("198.18.{}.25", i % 9), 25);
    incidents[i].client = endpoint(fmt::format("10.4.1.{}", i % 4), 1);
  }
  incidents[3].forgery->trigger_command = "DATA";
  EXPECT_EQ(finding(wave_of(incidents)),
            "May depend on the command (14 of 15 follow RCPT TO); not bound to one destination "
            "network (9 of them) or one client (4 of them). Nothing is known of flows that were "
            "not hit.");
}

TEST(Finding, DrawsTheLinesAtNineInTenAndAtHalf) {
  const auto with_others = [](unsigned others) {
    auto incidents = forgeries(10);
    for (unsigned i = 0; i < others; ++i) incidents[i].forgery->trigger_command = "DATA";
    return finding(wave_of(incidents));
  };
  EXPECT_THAT(with_others(1), StartsWith("May depend on the command (9 of 10 follow RCPT TO)"));
  EXPECT_THAT(with_others(2), HasSubstr("unclear: the command (8 of 10 follow RCPT TO)"));
  EXPECT_THAT(with_others(4), HasSubstr("unclear: the command (6 of 10 follow RCPT TO)"));
  EXPECT_THAT(with_others(5), HasSubstr("not bound to one command (2 commands)"));
}

TEST(Finding, CountsOnlyWhatIsKnownAndSaysWhatIsNot) {
  auto incidents = forgeries(8);
  for (unsigned i = 0; i < 3; ++i) incidents[i].forgery->trigger_command.reset();
  EXPECT_THAT(finding(wave_of(incidents)), HasSubstr("(all 5 follow RCPT TO, 3 unknown)"));
  incidents[3].forgery->trigger_command.reset();
  EXPECT_THAT(finding(wave_of(incidents)),
              HasSubstr("; too little is known of the command (known of 4)."));
}

TEST(Finding, OfSpreadAloneNeedsNoCaveat) {
  auto incidents = forgeries(6);
  for (unsigned i = 0; i < 6; ++i) {
    incidents[i].server = endpoint(fmt::format("198.18.{}.25", i), 25);
    incidents[i].client = endpoint(fmt::format("10.4.1.{}", i), 1);
    incidents[i].forgery->trigger_command.reset();
  }
  EXPECT_EQ(finding(wave_of(incidents)),
            "Not bound to one destination network (6 of them) or one client (6 of them); too "
            "little is known of the command (known of 0).");
}

TEST(Description, ReadsFromTheTimeToTheFinding) {
  auto incidents = forgeries(3);
  incidents[2].kind = Kind::kForgedReset;
  incidents[2].confidence = Confidence::kPossible;
  incidents[2].forgery->trigger_command.reset();
  incidents[1].forgery->forged_ttl = 56;
  EXPECT_EQ(describe(wave_of(incidents), 80),
            "2006-09-26 14:44:53 to 14:44:55 UTC  forged: 2 replies, 1 reset; 2 certain\n"
            "  forger    simple, window 0, TTL 56 to 57 (7 to 8 hops away)\n"
            "  command   2 RCPT TO, 1 unknown\n"
            "  text      2 \"500 error\"\n"
            "  network   3 203.131.198.0/24\n"
            "  server    3 203.131.198.80\n"
            "  client    3 10.4.1.4\n"
            "  protocol  3 smtp\n"
            "  clearest  000000000000\n"
            "  finding   Too few to tell what it depends on: 3 forgeries.\n");
}

TEST(Description, OfNextToNothingStaysReadable) {
  EXPECT_EQ(describe(wave_of({bare_reset(0)}), 80),
            "2006-09-26 14:44:53 UTC  forged: 1 reset; 0 certain\n"
            "  forger    unknown class, window unknown\n"
            "  command   1 unknown\n"
            "  network   1 203.131.198.0/24\n"
            "  server    1 203.131.198.80\n"
            "  client    1 10.4.1.4\n"
            "  protocol  1 unknown\n"
            "  clearest  000000000001\n"
            "  finding   Too few to tell what it depends on: 1 forgery.\n");
}

TEST(Description, NamesTheDayOfTheEndIfItIsAnother) {
  auto incidents = forgeries(2);
  incidents[1].time_ns += 10 * kHour;
  const auto waves = group_into_waves(incidents, 24 * kHour);
  EXPECT_THAT(describe(waves.at(0), 80),
              StartsWith("2006-09-26 14:44:53 to 2006-09-27 00:44:54 UTC  forged: 2 replies"));
}

TEST(Description, FitsEightyColumnsAndShortensLongLists) {
  std::vector<Incident> incidents = forgeries(60);
  for (unsigned i = 0; i < incidents.size(); ++i) {
    incidents[i].server = endpoint(fmt::format("2001:db8:{:x}:1111:2222:3333:4444:{:x}", i, i), 25);
    incidents[i].forgery->forged_text = std::string(200, 'x');
    incidents[i].time_ns += i * kHour / 2;
  }
  const std::string block = describe(wave_of(incidents), 80);
  EXPECT_THAT(block, HasSubstr("and 56 more"));
  EXPECT_THAT(block, HasSubstr("/48,\n            1 2001:db8:"));  // no count is left behind
  EXPECT_THAT(block, HasSubstr("xxx...\""));
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
}

TEST(Description, ShowsFiveOfFiveRatherThanOneMore) {
  std::vector<Incident> incidents = forgeries(5);
  for (unsigned i = 0; i < 5; ++i) incidents[i].client = endpoint(fmt::format("10.0.0.{}", i), 1);
  EXPECT_THAT(
      describe(wave_of(incidents), 0),
      HasSubstr("  client    1 10.0.0.0, 1 10.0.0.1, 1 10.0.0.2, 1 10.0.0.3, 1 10.0.0.4\n"));
}

TEST(Description, LetsNoControlCharacterReachTheTerminal) {
  Incident incident = forgery(0);
  incident.forgery->window_rule = "\x1b[31m";
  incident.forgery->trigger_command = "RCPT\nTO";
  const std::string block = describe(wave_of({incident}), 80);
  EXPECT_THAT(block, Not(HasSubstr("\x1b")));
  EXPECT_THAT(block, HasSubstr("1 RCPT?TO\n"));
}

}  // namespace
}  // namespace mxray
