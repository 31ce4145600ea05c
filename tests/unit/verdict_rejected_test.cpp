// SPDX-License-Identifier: Apache-2.0
// S4: is it known who refuses our mail, and why?
#include <gmock/gmock.h>

#include "unit/refused_mail.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

TEST(Rejected, NamesAddressReasonServerAndRemedy) {
  const ReplayResult result = verdict_on({refused(kNoPtr).bye().packets()});
  ASSERT_THAT(result.incidents, SizeIs(1));
  const Incident& incident = result.incidents[0];
  EXPECT_EQ(incident.kind, Kind::kRejected);
  EXPECT_EQ(incident.confidence, Confidence::kCertain);
  EXPECT_EQ(to_string(incident.client.address), "10.4.1.4");
  EXPECT_EQ(to_string(incident.server), "203.0.113.25:25");
  ASSERT_TRUE(incident.dialogue);
  EXPECT_THAT(incident.dialogue->reason, Optional(std::string("reverse_dns")));
  EXPECT_THAT(incident.dialogue->helo, Optional(std::string("mail.example.org")));
  EXPECT_THAT(incident.dialogue->sender_domain, Optional(std::string("example.org")));
  EXPECT_THAT(incident.dialogue->reply_code, Optional(550));
  EXPECT_THAT(*incident.dialogue->reply_text, HasSubstr("does not have a PTR / 550 5.7.25 record"));
  EXPECT_THAT(incident.summary, HasSubstr("10.4.1.4 (HELO mail.example.org) is refused by "
                                          "203.0.113.25:25 because of its reverse DNS"));
  EXPECT_THAT(incident.remedy, HasSubstr("PTR record"));
  EXPECT_THAT(incident.remedy, HasSubstr("mxray check dns 10.4.1.4"));
}

TEST(Rejected, IsToldEvenIfTheCaptureEndsWithTheReply) {
  EXPECT_THAT(rejected_of(verdict_on({refused(kNoPtr).packets()})), SizeIs(1));
}

TEST(Rejected, IsNamedByTheSessionThatIsStored) {
  std::vector<FlowView> stored;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { stored.push_back(flow); };
  for (const double seconds : {0.0, 30.0}) {  // the capture's end, or the hold's
    stored.clear();
    Talk later({.client_port = 50'000, .isn = 9'000'000, .start_seconds = seconds});
    const ReplayResult result =
        verdict_on({together({refused(kNoPtr).bye(), later})}, default_ports(), settings);
    ASSERT_THAT(result.incidents, SizeIs(1));
    ASSERT_THAT(stored, SizeIs(1)) << "the other is open";
    EXPECT_THAT(stored[0].incidents, testing::ElementsAre(result.incidents[0].id));
  }
}

TEST(Rejected, OfAnMxThatIsAnAddressIsSenderVerificationNotReverseDns) {
  const ReplayResult result =
      verdict_on({refused("550-Verification failed for <>\n"
                          "550-It appears that the DNS operator for x.com\n"
                          "550-has installed an invalid MX record with an "
                          "IP address\n550-instead of a domain name on "
                          "the right hand side.\n550 Sender verify failed\n")
                      .bye()
                      .packets()});
  ASSERT_THAT(result.incidents, SizeIs(1));
  const Incident& incident = result.incidents[0];
  EXPECT_THAT(incident.dialogue->reason, Optional(std::string("sender_verify")));
  EXPECT_EQ(incident.confidence, Confidence::kProbable);
  EXPECT_THAT(incident.remedy, HasSubstr("no complaint about reverse DNS"));
  EXPECT_THAT(incident.remedy, HasSubstr("must name a host, not an address"));
}

TEST(Rejected, OfASenderUnknownToItsOwnServerIsNoFaultOfTheDns) {
  const ReplayResult result = verdict_on({refused("550-Verification failed for <a@example.org>\n"
                                                  "550-Called:   192.0.2.10\n"
                                                  "550-Sent:     RCPT TO:<a@example.org>\n"
                                                  "550-Response: 550 no such user here\n"
                                                  "550 Sender verify failed\n")
                                              .bye()
                                              .packets()});
  ASSERT_THAT(result.incidents, SizeIs(1));
  const Incident& incident = result.incidents[0];
  EXPECT_THAT(incident.dialogue->reason, Optional(std::string("sender_verify")));
  EXPECT_THAT(incident.summary, HasSubstr("own server does not take mail for the sender"));
  EXPECT_THAT(incident.remedy, HasSubstr("asked the mail server of example.org"));
  EXPECT_THAT(incident.remedy, Not(HasSubstr("must name a host")));
}

TEST(Rejected, IsGroupedByAddressReasonAndServer) {
  std::vector<Talk> talks;
  for (int i = 0; i < 5; ++i) {
    talks.push_back(refused(kNoPtr, {.client_port = static_cast<std::uint16_t>(41'000 + i),
                                     .isn = 5'000'000U * static_cast<std::uint32_t>(i + 1),
                                     .start_seconds = 30.0 * i})
                        .bye());
  }
  talks.push_back(refused(kNoPtr, {.server = "203.0.113.99", .start_seconds = 200}).bye());
  talks.push_back(
      refused("550 5.7.1 Invalid HELO name\n", {.client_port = 42'000, .start_seconds = 300})
          .bye());
  const auto incidents = rejected_of(verdict_on({together(talks)}));
  ASSERT_THAT(incidents, SizeIs(3));
  const auto many = std::find_if(incidents.begin(), incidents.end(),
                                 [](const Incident& one) { return one.amendments > 0; });
  ASSERT_NE(many, incidents.end());
  EXPECT_EQ(many->amendments, 4U);
  EXPECT_THAT(many->summary, HasSubstr("5 mails since 2023-11-14T22:13:20"));
}

TEST(Rejected, CountsAMailToManyRecipientsOnce) {
  Talk talk = refused(kNoPtr);
  for (int i = 0; i < 5; ++i) talk.client("RCPT TO:<c@example.net>\n").server(kNoPtr);
  const auto incidents = rejected_of(verdict_on({talk.bye().packets()}));
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].summary, HasSubstr("1 mail since"));
}

TEST(Rejected, IsSeenAmongPipelinedReplies) {
  Talk talk;
  talk.server("220 mx.example.net ESMTP\n")
      .client("EHLO mail.example.org\n")
      .server("250-mx.example.net\n250 PIPELINING\n")
      .client("MAIL FROM:<a@example.org>\nRCPT TO:<b@example.net>\nDATA\n")
      .server(
          "250 2.1.0 Ok\n550 5.7.25 Client host rejected: cannot find your hostname, "
          "[198.51.100.7]\n554 5.5.1 Error: no valid recipients\n");
  const auto incidents = rejected_of(verdict_on({talk.bye().packets()}));
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].dialogue->reason, Optional(std::string("reverse_dns")));
  EXPECT_THAT(incidents[0].dialogue->reply_code, Optional(550));
}

TEST(Rejected, JoinsAReplyThatCameInTwoSegments) {
  Talk talk = refused("550-Verification failed for <>\n");
  talk.server("550 Sender verify failed\n").bye();
  const ReplayResult result = verdict_on({talk.packets()});
  const auto incidents = rejected_of(result);
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].dialogue->reply_text,
              Optional(std::string("550-Verification failed for <> / 550 Sender verify failed")));
  EXPECT_THAT(result.flows[0].refusals, SizeIs(1));
}

// What begins in mid-line is no reply to the kernel. A word that is cut may be a
// mailbox and goes.
TEST(Rejected, ByAReplyThatIsCutInMidLineSaysThatItIs) {
  Talk one_line = refused("550 5.7.25 no rever"),
       two_lines = refused("550-5.7.25 no reverse DNS; so");
  one_line.server("se DNS; sorry\n").bye();
  two_lines.server("rry\n").server("550 end\n").bye();
  for (const auto& [talk, text] : {std::pair{one_line, "550 5.7.25 no ..."},
                                   {two_lines, "550-5.7.25 no reverse DNS; so... / 550 end"}}) {
    const ReplayResult result = verdict_on({talk.packets()});
    ASSERT_THAT(result.incidents, SizeIs(1)) << text;
    EXPECT_THAT(result.incidents[0].dialogue->reason, Optional(std::string("reverse_dns")));
    EXPECT_THAT(result.incidents[0].dialogue->reply_text, Optional(std::string(text)));
  }
}

TEST(Rejected, ByAReplyThatIsCutBeforeItsReasonNamesNone) {
  for (const auto& pieces : {std::pair{"554 5.7.1 You have no rever", "se DNS\n"},
                             {"55", "0 5.7.25 no reverse DNS\n"}}) {
    Talk talk = refused(pieces.first);
    talk.server(pieces.second).bye();
    EXPECT_THAT(verdict_on({talk.packets()}).incidents, SizeIs(0)) << pieces.first;
  }
}

TEST(Rejected, ByAReplyLongerThanIsReadSaysThatItIsCut) {
  const ReplayResult result =
      verdict_on({refused("550 5.7.25 no PTR " + std::string(600, '-') + " z\n").bye().packets()});
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_THAT(*result.incidents[0].dialogue->reply_text, testing::EndsWith("..."));
}

TEST(Rejected, ForTwoReasonsInOneSegmentIsTwoIncidents) {
  const auto incidents = rejected_of(verdict_on({refused("550 5.7.25 no PTR record\n"
                                                         "530 5.7.0 Authentication required\n")
                                                     .bye()
                                                     .packets()}));
  ASSERT_THAT(incidents, SizeIs(2));
  EXPECT_NE(incidents[0].id, incidents[1].id);
}

TEST(Rejected, AtTheGreetingIsTold) {
  Talk talk;
  talk.server("554 IP=198.51.100.7 - A problem occurred. (Ask your postmaster for help) (rDNS)\n");
  const auto incidents = rejected_of(verdict_on({talk.bye().packets()}));
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].dialogue->reason, Optional(std::string("reverse_dns")));
}

TEST(BothLegsOfNat, MakeOneIncidentUnderTheAddressTheWorldSees) {
  const auto inner = refused(kNoPtr, {.client = "10.4.1.4"}).bye().packets();
  auto outer_ends = Ends{.client = "198.51.100.7", .client_port = 61'000, .client_ttl = 62};
  outer_ends.start_seconds = 0.0001;
  const auto outer = refused(kNoPtr, outer_ends).bye().packets();
  for (const auto& sides : {std::vector{inner, outer}, std::vector{outer, inner}}) {
    const ReplayResult result = verdict_on(sides);
    const auto incidents = rejected_of(result);
    ASSERT_THAT(incidents, SizeIs(1));
    EXPECT_EQ(counted(result), (Reasons{{{Refuser::kOthers, Reason::kReverseDns}, 1}}));
    EXPECT_EQ(to_string(incidents[0].client.address), "198.51.100.7");
    ASSERT_TRUE(incidents[0].inside_client);
    EXPECT_EQ(to_string(incidents[0].inside_client->address), "10.4.1.4");
    EXPECT_THAT(incidents[0].summary, HasSubstr("1 mail since"));
  }
}

}  // namespace
}  // namespace mxray::test
