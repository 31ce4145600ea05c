// SPDX-License-Identifier: Apache-2.0
// S2 at the client: is it seen that somebody takes port 25 for himself?
#include <gmock/gmock.h>

#include "unit/mail_talk.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// A host 12 hops and 100 ms away; number tells connections apart.
Ends at_port(std::uint16_t port, std::uint16_t number) {
  return {.port = port,
          .client_port = static_cast<std::uint16_t>(40'000 + number),
          .isn = 5'000'000U * (number + 1U),
          .start_seconds = 60.0 * number};
}

Talk reading_mail(std::uint16_t number) {
  return Talk(at_port(143, number)).server("* OK mail.example.net ready\n").bye();
}

Talk submission(std::uint16_t number) {
  return Talk(at_port(587, number))
      .server("220 mail.example.net ESMTP\n")
      .client("EHLO pc\n")
      .server("250-mail.example.net\n250-STARTTLS\n250 SIZE\n")
      .client("QUIT\n")
      .bye();
}

Talk sending(Ends ends, const std::string& greeting = "220 mail.example.net ESMTP\n",
             const std::string& offers = "250-mail.example.net\n250-STARTTLS\n250 SIZE\n") {
  return Talk(std::move(ends)).server(greeting).client("EHLO pc\n").server(offers).bye();
}

std::vector<Incident> judged(const std::vector<Talk>& talks) {
  return verdict_on({together(talks)}).incidents;
}

TEST(Proxy, ThatIsNearerAndGreetsWithItsOwnNameIsSeen) {
  Ends near = at_port(25, 3);
  near.server_ttl = 61;
  near.server_timestamps = false;
  near.rtt_seconds = 0.02;
  const auto incidents = judged(
      {reading_mail(0), reading_mail(1), submission(2), sending(near, "220 proxy.isp.example\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  const Incident& incident = incidents[0];
  EXPECT_EQ(incident.kind, Kind::kSmtpProxy);
  EXPECT_EQ(to_string(incident.server), "203.0.113.25:25");
  EXPECT_THAT(incident.summary, HasSubstr("hops 3 on port 25 ≠ 12 on port 143"));
  EXPECT_THAT(incident.summary, HasSubstr("round trip"));
  EXPECT_EQ(incident.confidence, Confidence::kPossible) << "another box is one fact";
  EXPECT_THAT(incident.remedy, HasSubstr("587"));
}

TEST(Proxy, ThatIsNearerAndTakesStarttlsAwayIsSeen) {
  Ends near = at_port(25, 5);
  near.server_ttl = 61;
  const auto incidents =
      judged({sending(at_port(25, 0)), reading_mail(1), reading_mail(2), submission(3),
              sending(near, "220 mail.example.net ESMTP\n", "250-mail.example.net\n250 SIZE\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].summary, HasSubstr("starttls lost"));
  const auto from_the_start =
      judged({reading_mail(1), submission(3),
              sending(near, "220 mail.isp.example ESMTP\n", "250-mail.isp.example\n250 SIZE\n")});
  ASSERT_THAT(from_the_start, SizeIs(1));
  EXPECT_THAT(from_the_start[0].summary, HasSubstr("greeting host"));
}

TEST(Firewall, ThatWritesOverTheOffersIsCertain) {
  const auto incidents = judged({sending(at_port(25, 0), "220 mail.example.net ESMTP\n",
                                         "250-mail.example.net\n250-SIZE\n250-XXXXXXXA\n"
                                         "250 XXXXXXXX\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].kind, Kind::kSmtpProxy);
  EXPECT_EQ(incidents[0].confidence, Confidence::kCertain);
  EXPECT_THAT(incidents[0].remedy, HasSubstr("no inspect esmtp"));
}

TEST(Firewall, ThatIsSeenAgainAfterADayIsANewIncidentAndEachConnectionNamesItsOwn) {
  std::vector<FlowView> closed;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { closed.push_back(flow); };
  std::vector<Talk> talks;
  for (const int minutes : {0, 1, 1'000, 2'000, 3'500}) {
    talks.push_back(sending(at_port(25, static_cast<std::uint16_t>(minutes)),
                            "220 mail.example.net ESMTP\n",
                            "250-mail.example.net\n250 XXXXXXXX\n"));
  }
  const auto incidents = verdict_on({together(talks)}, default_ports(), settings).incidents;
  ASSERT_THAT(incidents, SizeIs(2));
  ASSERT_THAT(closed, SizeIs(5));
  for (std::size_t i = 0; i < closed.size(); ++i) {
    EXPECT_THAT(closed[i].incidents, testing::ElementsAre(incidents[i < 4 ? 0 : 1].id)) << i;
  }
}

TEST(Firewall, ThatWritesOverTheGreetingIsPossible) {
  const auto incidents = judged(
      {sending(at_port(25, 0), "220 *****************************2******0*0***********0*00\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].confidence, Confidence::kPossible);
}

TEST(Firewall, ThatWritesOverTheCommandIsSeenFromTheAnswer) {
  const auto incidents = judged({Talk(at_port(25, 0))
                                     .server("220 mail.example.net ESMTP\n")
                                     .client("EHLO pc\n")
                                     .server("250-mail.example.net\n250 STARTTLS\n")
                                     .client("STARTTLS\n")
                                     .server("500 5.5.1 Command unrecognized: \"XXXXXXXX\"\n")
                                     .bye()});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].confidence, Confidence::kProbable);
}

TEST(Firewall, ThatMayHaveWrittenOverOneShortOfferIsProbable) {
  const auto incidents = judged({sending(at_port(25, 0), "220 mail.example.net ESMTP\n",
                                         "250-mail.example.net\n250-XXXX\n250 STARTTLS\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].confidence, Confidence::kProbable);
}

TEST(Firewall, IsNotToBlameIfTheClientItselfAsksForX) {
  for (const char* command : {"XXXX\n", "NOOP\n", "MAIL FROM:<a@b.example>\n"}) {
    EXPECT_THAT(judged({Talk(at_port(25, 0))
                            .server("220 mail.example.net ESMTP\n")
                            .client("EHLO pc\n")
                            .server("250-mail.example.net\n250 STARTTLS\n")
                            .client(command)
                            .server("500 5.5.1 Command unrecognized: \"XXXX\"\n")
                            .bye()}),
                SizeIs(0))
        << command;
  }
}

TEST(OrdinaryHost, MayTurnStarttlsOffAndIsToldOfOnceAtMost) {
  const auto incidents =
      judged({submission(0),
              sending(at_port(25, 1), "220 mail.example.net ESMTP\n",
                      "250-mail.example.net\n250-STARTTLS\n250 AUTH PLAIN\n"),
              sending(at_port(25, 2), "220 mail.example.net ESMTP\n", "250 mail.example.net\n"),
              sending(at_port(25, 3), "220 mail.example.net ESMTP\n", "250 mail.example.net\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_EQ(incidents[0].confidence, Confidence::kPossible);
  EXPECT_EQ(incidents[0].amendments, 0U);
}

TEST(Firewall, InFrontOfOurOwnServerIsSeenToo) {
  Ends in{.client = "198.51.100.7", .server = "192.168.0.25", .client_ttl = 44};
  const auto incidents =
      judged({sending(in, "220 mail.example.net\n", "250-mail.example.net\n250 XXXXXXXX\n")});
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].summary, HasSubstr("between 192.168.0.25:25 and its clients"));
}

TEST(OrdinaryHost, MayWriteXForANumberInARefusal) {
  for (const char* answer : {"550 5.7.1 blocked, ticket XXXXXXXX\n", "554 case XXXX-XXXX\n",
                             "500 5.5.2 error, ticket 12XXXXXXXX\n", "501 HELO XXX first\n"}) {
    EXPECT_THAT(judged({Talk(at_port(25, 0))
                            .server("220 mail.example.net ESMTP\n")
                            .client("EHLO pc\n")
                            .server("250-mail.example.net\n250 STARTTLS\n")
                            .client("NOOP\n")
                            .server(answer)
                            .bye()}),
                testing::Not(testing::Contains(testing::Field(&Incident::kind, Kind::kSmtpProxy))))
        << answer;
  }
}

TEST(OrdinaryHost, RaisesNothing) {
  EXPECT_THAT(
      judged({reading_mail(0), submission(1), sending(at_port(25, 2)), sending(at_port(25, 3))}),
      SizeIs(0));
}

TEST(OrdinaryHost, MayHaveAnotherTtlOnPort25) {
  for (const int ttl : {50, 53, 54, 60, 115}) {
    Ends ends = at_port(25, 2);
    ends.server_ttl = static_cast<std::uint8_t>(ttl);
    EXPECT_THAT(judged({reading_mail(0), submission(1), sending(ends)}), SizeIs(0)) << ttl;
  }
}

TEST(OrdinaryHost, MayHaveItsPortsOnSeveralBoxesOfOneSite) {
  Ends other = at_port(25, 2);
  other.server_ttl = 54;
  other.server_timestamps = false;
  EXPECT_THAT(judged({reading_mail(0), submission(1), sending(other, "220 mx1.example.net\n")}),
              SizeIs(0));
}

TEST(OrdinaryHost, MayHaveABadMomentOnItsOtherPort) {
  Ends slow = at_port(143, 0);
  slow.rtt_seconds = 0.9;
  EXPECT_THAT(judged({Talk(slow).server("* OK ready\n").bye(), sending(at_port(25, 2))}),
              SizeIs(0));
}

TEST(OrdinaryHost, MayStopOfferingStarttls) {
  EXPECT_THAT(
      judged({sending(at_port(25, 0)), sending(at_port(25, 1), "220 mail.example.net ESMTP\n",
                                               "250-mail.example.net\n250 SIZE\n")}),
      SizeIs(0));
}

// A nearer box that lacks STARTTLS is one only while the offer is remembered.
TEST(OrdinaryHost, MayHaveOfferedStarttlsYesterday) {
  for (const int minutes : {1'400, 1'500}) {
    Ends near = at_port(25, static_cast<std::uint16_t>(minutes));
    near.server_ttl = 61;
    EXPECT_THAT(
        judged({sending(at_port(25, 0)), reading_mail(static_cast<std::uint16_t>(minutes - 2)),
                reading_mail(static_cast<std::uint16_t>(minutes - 1)),
                sending(near, "220 mail.example.net ESMTP\n", "250-mail.example.net\n250 SIZE\n")}),
        SizeIs(minutes < 1'440 ? 1 : 0))
        << minutes;
  }
}

TEST(OrdinaryHost, MayOfferWordsWithX) {
  EXPECT_THAT(judged({sending(at_port(25, 0), "220 mail.example.net *** welcome ***\n",
                              "250-mail.example.net\n250-XEXCH50\n250-X-EXPS GSSAPI\n250-XXX\n"
                              "250 XSHADOW\n")}),
              SizeIs(0));
}

}  // namespace
}  // namespace mxray::test
