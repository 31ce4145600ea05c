// SPDX-License-Identifier: Apache-2.0
// Does the explanation show the engineer on call what proves the incident?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "format/explain.h"
#include "format_samples.h"

namespace mxray {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Explain, BeginsWithKindConfidenceAndSummary) {
  EXPECT_THAT(explain(samples::forged_reply()),
              StartsWith("forged_reply (certain, score 9.2)  0123456789ab\n"
                         "forged reply \"500 error\" from 7 hops away\n"
                         "2026-09-26T14:44:53.103763Z  10.4.1.4:60661 -> 203.131.198.80:25  "
                         "(inside: 192.168.1.9:1523)  smtp on eth0\n"));
}

TEST(Explain, ShowsEachPacketAsTheWireHadIt) {
  const std::string text = explain(samples::forged_reply());
  EXPECT_THAT(text, HasSubstr("in seconds after 2026-09-26 14:44 UTC"));
  EXPECT_THAT(text, ContainsRegex("! +53\\.103763 +<- server +data +57 +64 +no +none +0 +11 "
                                  "+1527aa19 +2e68ff7f +\"500 error\"\n"));
  EXPECT_THAT(text, ContainsRegex("\n +53\\.154738 +<- server +data +49 +37321 +yes +TS +5792 +0 "
                                  "+1527aa19 +2e68ff7f +\"250 Ok\"\n"));
  EXPECT_THAT(text, HasSubstr("client ->"));
}

TEST(Explain, MarksAPacketInTheClientsNameOnTheClientsSide) {
  Incident incident = samples::forged_reply();
  incident.packets[2].from_server = false;
  incident.packets[2].text = "RSET";
  EXPECT_THAT(explain(incident),
              ContainsRegex("! +53\\.103763 +client -> +data +57 +64 .*\"RSET\"\n"));
}

TEST(Explain, GivesReasonsAndThenTheRemedy) {
  const std::string text = explain(samples::forged_reply());
  EXPECT_THAT(text, ContainsRegex("ttl +\\+2\\.5 +57 +49\n"));
  EXPECT_LT(text.find("timestamps"), text.find("Tell the operator of hop 7"));
}

TEST(Explain, SaysWhereTheTimeWent) {
  const std::string text = explain(samples::ident_stall());
  EXPECT_THAT(text, ContainsRegex("ident \\(TCP port 113\\) +29\\.960\n"));
  EXPECT_THAT(text, ContainsRegex("greeting, in all +34\\.535\n"));
  EXPECT_THAT(text, HasSubstr("still going on"));
}

TEST(Explain, KeepsEveryLineWithinTheTerminal) {
  for (const int width : {80, 104, 130}) {
    std::istringstream lines(explain(samples::forged_reply(), {.colour = false, .width = width}));
    std::size_t longest = 0;
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
    EXPECT_LE(longest, static_cast<std::size_t>(width));
    EXPECT_GT(longest, 60U);
  }
}

TEST(Explain, PutsBeneathTheRowWhatANarrowTerminalHasNoRoomFor) {
  EXPECT_THAT(explain(samples::forged_reply(), {.colour = false, .width = 110}),
              ContainsRegex("1527aa19 +2e68ff7f\n    \"500 error\"\n"));
  EXPECT_THAT(explain(samples::forged_reply(), {.colour = false, .width = 80}),
              ContainsRegex("none +0\n    seq 1527aa19 ack 2e68ff7f, 11 bytes  \"500 error\"\n"));
}

TEST(Explain, ColoursTheSuspectRowOnlyWhenAskedTo) {
  EXPECT_THAT(explain(samples::forged_reply()), Not(HasSubstr("\x1b")));
  EXPECT_THAT(explain(samples::forged_reply(), {.colour = true, .width = 0}),
              HasSubstr("\x1b[31m!"));
}

TEST(Explain, ShowsNoIpIdForIpv6) {
  Incident incident = samples::forged_reply();
  incident.packets.resize(1);
  incident.packets[0].ipv6 = true;
  EXPECT_THAT(explain(incident), ContainsRegex("SYN-ACK +49 +- +- +MSS"));
}

TEST(Explain, ShowsOfAnIdentPacketOnlyWhatIsKnown) {
  Incident incident = samples::forged_reply();
  incident.packets.resize(1);
  incident.packets[0].what = "ident SYN";
  incident.packets[0].text = "port 113 of 192.0.2.1";
  EXPECT_THAT(explain(incident),
              ContainsRegex("ident SYN +49 +- +- +- +- +- +- +- +port 113 of 192\\.0\\.2\\.1\n"));
}

TEST(Explain, CountsSecondsOnPastTheMinute) {
  Incident incident = samples::forged_reply();
  incident.packets.back().time_ns += 30'000'000'000;
  EXPECT_THAT(explain(incident), HasSubstr("83.154738"));
}

TEST(Explain, DoesWithoutWhatIsUnknown) {
  const std::string text = explain(samples::bare_reset());
  EXPECT_THAT(text, Not(HasSubstr("Packets")));
  EXPECT_THAT(text, Not(HasSubstr("What to do")));
  EXPECT_THAT(text, StartsWith("forged_reset (possible"));
}

TEST(OneLine, TellsTimeConfidenceKindIdAndSummary) {
  EXPECT_EQ(one_line(samples::forged_reply()),
            "2026-09-26T14:44:53.103763Z certain forged_reply 0123456789ab forged reply \"500 "
            "error\" from 7 hops away");
  EXPECT_THAT(one_line(samples::ident_stall()), HasSubstr("(still going on)"));
}

}  // namespace
}  // namespace mxray
