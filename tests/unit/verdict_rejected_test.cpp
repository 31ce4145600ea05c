// SPDX-License-Identifier: Apache-2.0
// S4: is it known who refuses our mail, and why?
#include <gmock/gmock.h>

#include <map>
#include <tuple>
#include <utility>

#include "support/session.h"
#include "unit/mail_talk.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

constexpr const char* kNoPtr =
    "550-5.7.25 [198.51.100.7] The IP address sending this message does not have a PTR\n"
    "550 5.7.25 record setup\n";

// A mail of user a@example.org up to MAIL FROM, and what the server says to RCPT.
Talk refused(std::string_view answer, Ends ends = {}) {
  Talk talk(std::move(ends));
  talk.server("220 mx.example.net ESMTP\n")
      .client("EHLO mail.example.org\n")
      .server("250-mx.example.net\n250 PIPELINING\n")
      .client("MAIL FROM:<a@example.org>\n")
      .server("250 2.1.0 Ok\n")
      .client("RCPT TO:<b@example.net>\n")
      .server(answer);
  return talk;
}

std::vector<Incident> rejected_of(const ReplayResult& result) {
  std::vector<Incident> found;
  for (const Incident& incident : result.incidents) {
    if (incident.kind == Kind::kRejected) found.push_back(incident);
  }
  return found;
}

using Reasons = std::map<std::pair<Refuser, Reason>, std::uint64_t>;

Reasons counted(const ReplayResult& result) {
  Reasons counts;
  for (std::size_t i = 0; i < kRefuserCount; ++i) {
    for (std::size_t k = 0; k < kReasonCount; ++k) {
      const std::uint64_t count = result.totals.refusal_reasons[i][k];
      if (count != 0) counts[{static_cast<Refuser>(i), static_cast<Reason>(k)}] = count;
    }
  }
  return counts;
}

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

TEST(DailyBusiness, IsNoIncidentButIsInTheSession) {
  for (const char* answer :
       {"550 5.1.1 <b@example.net>: Recipient address rejected: User unknown\n",
        "450 4.2.0 <b@example.net>: Recipient address rejected: Greylisted\n",
        "552 5.2.2 Mailbox full\n", "421 4.7.0 Error: too many connections from 198.51.100.7\n"}) {
    const ReplayResult result = verdict_on({refused(answer).bye().packets()});
    EXPECT_THAT(result.incidents, SizeIs(0)) << answer;
    ASSERT_THAT(result.flows, SizeIs(1));
    ASSERT_THAT(result.flows[0].refusals, SizeIs(1)) << answer;
    EXPECT_EQ(result.flows[0].refusals[0].command, "RCPT TO");
    EXPECT_THAT(result.flows[0].helo, Optional(std::string("mail.example.org")));
    EXPECT_THAT(result.flows[0].refusals[0].text, Not(HasSubstr("<b@")));
  }
}

TEST(NameInEhlo, ThatLooksLikeAMailboxIsKeptWithoutItsUser) {
  Talk talk;
  talk.server("220 mx.example.net ESMTP\n").client("EHLO joe@laptop\n").server("250 hi\n").bye();
  const ReplayResult result = verdict_on({talk.packets()});
  ASSERT_THAT(result.flows, SizeIs(1));
  EXPECT_THAT(result.flows[0].helo, Optional(std::string("...@laptop")));
}

TEST(Policy, IsAnIncidentWhenItHappensAgainAndAgain) {
  std::vector<Talk> talks;
  for (int i = 0; i < 3; ++i) {
    talks.push_back(refused("550 5.7.1 rejected by policy\n",
                            {.client_port = static_cast<std::uint16_t>(41'000 + i),
                             .isn = 5'000'000U * static_cast<std::uint32_t>(i + 1),
                             .start_seconds = 30.0 * i})
                        .bye());
    EXPECT_THAT(rejected_of(verdict_on({together(talks)})), SizeIs(i == 2 ? 1 : 0));
  }
}

// The same answer to a mail every two minutes.
std::vector<Talk> again_and_again(const char* answer, int mails, double seconds = 120) {
  std::vector<Talk> talks;
  for (int i = 0; i < mails; ++i) {
    talks.push_back(refused(answer, {.client_port = static_cast<std::uint16_t>(41'000 + i),
                                     .isn = 5'000'000U * static_cast<std::uint32_t>(i + 1),
                                     .start_seconds = seconds * i})
                        .bye());
  }
  return talks;
}

constexpr const char* kNoNameForNow =
    "450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.7]\n";

TEST(TemporaryRefusal, IsNoIncidentUntilItHoldsForAMinute) {
  for (const auto& [mails, seconds, incidents] :
       {std::tuple{1, 0.0, 0U}, {3, 10.0, 0U}, {2, 120.0, 1U}}) {
    const auto talks = again_and_again(kNoNameForNow, mails, seconds);
    const auto found = rejected_of(verdict_on({together(talks)}));
    EXPECT_THAT(found, SizeIs(incidents)) << mails << " mails, " << seconds << " s apart";
    if (found.empty()) continue;
    EXPECT_THAT(found[0].summary, HasSubstr("2 mails since 2023-11-14T22:13:20"));
    EXPECT_THAT(found[0].summary, HasSubstr("Temporary: the sender tries again."));
  }
}

TEST(TemporaryRefusal, AfterOneForGoodIsTheSameIncident) {
  Talk later =
      refused(kNoNameForNow, {.client_port = 43'000, .isn = 900'000'000, .start_seconds = 10});
  const auto found = rejected_of(verdict_on({together({refused(kNoPtr).bye(), later.bye()})}));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].summary, HasSubstr("2 mails since"));
}

// A client that does not wait for each reply, so that they are seen.
Talk pipelined(std::string_view answers, double start_seconds) {
  const auto seconds = static_cast<std::uint16_t>(start_seconds);
  Talk talk({.client_port = static_cast<std::uint16_t>(44'000 + seconds),
             .isn = 1'000'000U + 50'000U * seconds,
             .start_seconds = start_seconds});
  talk.server("220 mx.example.net ESMTP\n")
      .client("EHLO mail.example.org\n")
      .server("250-mx.example.net\n250 PIPELINING\n")
      .client("MAIL FROM:<a@example.org>\nRCPT TO:<b@example.net>\nDATA\n")
      .server(answers);
  return talk.bye();
}

TEST(TemporaryRefusal, IsOverOnceTheServerTakesMail) {
  const std::string no = std::string("250 2.1.0 Ok\n") + kNoNameForNow + "554 5.5.1 no\n";
  const std::string yes = "250 2.1.0 Ok\n250 2.1.5 Ok\n354 go ahead\n";
  const std::string none_taken = std::string("250 2.1.0 Ok\n") + kNoNameForNow + "354 go ahead\n";
  const auto of = [](const std::string& second) {
    return rejected_of(verdict_on({together(
        {pipelined(kNoNameForNow, 0), pipelined(second, 100), pipelined(kNoNameForNow, 200)})}));
  };
  EXPECT_THAT(of(yes), SizeIs(0));
  EXPECT_THAT(of(no), SizeIs(1));
  EXPECT_THAT(of(none_taken), SizeIs(1)) << "354 though no recipient was taken";

  const auto told = rejected_of(
      verdict_on({together({pipelined(no, 0), pipelined(no, 100), pipelined(yes, 200)})}));
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_THAT(told[0].summary, HasSubstr("Temporary: mail is taken again since 2023-11-14T22:16"));
}

TEST(Policy, ThatWantsEncryptionSaysSo) {
  const auto talks = again_and_again("530 5.7.0 Must issue a STARTTLS command first\n", 3);
  const auto incidents = rejected_of(verdict_on({together(talks)}));
  ASSERT_THAT(incidents, SizeIs(1));
  EXPECT_THAT(incidents[0].dialogue->reason, Optional(std::string("policy")));
  EXPECT_THAT(incidents[0].summary, HasSubstr("because it does not encrypt"));
  EXPECT_THAT(incidents[0].remedy, HasSubstr("only after STARTTLS"));
}

TEST(ProtocolTalk, IsNoRefusedMailHoweverOften) {
  for (const char* answer :
       {"502 EHLO command not implemented\n", "500 EHLO not understood\n",
        "503 5.5.1 HELO or EHLO required\n", "503 Bad sequence of commands, EHLO must be first\n",
        "535 5.7.8 Error: authentication failed\n"}) {
    const ReplayResult result = verdict_on({together(again_and_again(answer, 12))});
    EXPECT_THAT(rejected_of(result), SizeIs(0)) << answer;
  }
}

TEST(OurServer, MayRefuseStrangers) {
  // Routed to a private address, or near while the client is far.
  for (const Ends& ends :
       {Ends{.client = "198.51.100.7", .server = "192.168.0.25"}, Ends{.client = "198.51.100.7",
                                                                  .server = "203.0.113.25",
                                                                  .client_ttl = 48,
                                                                  .server_ttl = 63}}) {
    EXPECT_THAT(verdict_on({refused(kNoPtr, ends).bye().packets()}).incidents, SizeIs(0));
  }
}

TEST(ServerOfNobodyKnowsWhom, IsNotAccusedButItsRefusalIsInTheSession) {
  const Ends alike{
      .client = "198.51.100.7", .server = "203.0.113.25", .client_ttl = 60, .server_ttl = 62};
  const std::vector<TimedPacket> whole = refused(kNoPtr, alike).bye().packets();
  const std::vector<TimedPacket> midstream(whole.begin() + 3, whole.end());
  for (const auto& packets : {whole, midstream}) {
    const ReplayResult result = verdict_on({packets});
    EXPECT_THAT(result.incidents, SizeIs(0));
    ASSERT_THAT(result.flows, SizeIs(1));
    EXPECT_THAT(result.flows[0].refusals, SizeIs(1));
  }
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

// The hosts of S0; a forger who copies every header, so that nothing but the
// genuine reply gives him away.
TEST(ForgedRefusal, NeverCountsAsTheServers) {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.net\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n")
      .forged(Session::kServer, "550 5.7.25 no PTR record\r\n",
              {.ttl = 57, .ip_id = 64, .dont_fragment = false, .window = 0, .timestamps = false})
      .server("250 Ok\r\n")
      .wait(5000)
      .finish();
  std::vector<TimedPacket> packets;
  for (const auto& step : session.steps()) packets.push_back(step.packet);
  const ReplayResult result = verdict_on({packets});
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_EQ(result.incidents[0].kind, Kind::kForgedReply);
  EXPECT_EQ(counted(result), Reasons{});
}

TEST(ForgedRefusal, OfAMimicDoesNotCountEither) {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.net\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n");
  Handwriting copied = session.hand(Session::kServer);
  ++copied.ip_id;
  session.after(100).forged(Session::kServer, "550 5.7.25 no PTR record\r\n", copied);
  session.server("250 Ok\r\n").wait(5000).finish();
  std::vector<TimedPacket> packets;
  for (const auto& step : session.steps()) packets.push_back(step.packet);
  EXPECT_THAT(rejected_of(verdict_on({packets})), SizeIs(0));
}

// The reset is the incident, and the forged reply its evidence.
TEST(ForgedRefusal, OfAMimicWhoCutTheConnectionFirstDoesNotCountEither) {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.net\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .forged(Session::kServer, "", {57, 64, false, 0, false}, kReset | kAck)
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n");
  Handwriting copied = session.hand(Session::kServer);
  ++copied.ip_id;
  session.after(100).forged(Session::kServer, "552 you must authentication\r\n", copied);
  session.server("250 Ok\r\n").wait(5000).finish();
  std::vector<TimedPacket> packets;
  for (const auto& step : session.steps()) packets.push_back(step.packet);
  const ReplayResult result = verdict_on({packets});
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_EQ(result.incidents[0].kind, Kind::kForgedReset);
  EXPECT_EQ(result.incidents[0].evidence.back().signal, "forged_reply");
  EXPECT_THAT(result.flows[0].refusals, SizeIs(0));
}

// The genuine reply comes when the forged one has long been told.
TEST(ForgedRefusal, ThatIsContradictedLateIsWithdrawn) {
  Session session;
  session.handshake()
      .server("220 mx.example.net ESMTP\r\n")
      .client("HELO mail.example.org\r\n")
      .server("250 mx.example.net\r\n")
      .client("MAIL FROM:<a@example.org>\r\n")
      .server("250 Ok\r\n")
      .client("RCPT TO:<b@example.net>\r\n");
  Handwriting copied = session.hand(Session::kServer);
  ++copied.ip_id;
  copied.dont_fragment = false;
  session.after(120).forged(Session::kServer, "550 5.7.25 no PTR record\r\n", copied);
  session.after(9000).server("250 2.1.5 Ok, b is here\r\n").wait(5000).finish();
  std::vector<TimedPacket> packets;
  for (const auto& step : session.steps()) packets.push_back(step.packet);
  const ReplayResult result = verdict_on({packets});
  const auto rejected = rejected_of(result);
  ASSERT_THAT(result.incidents, SizeIs(2)) << "the forged_reply is told";
  ASSERT_THAT(rejected, SizeIs(1));
  EXPECT_THAT(rejected[0].summary, HasSubstr("withdrawn"));
  EXPECT_EQ(rejected[0].confidence, Confidence::kPossible);
  EXPECT_THAT(result.flows[0].refusals, SizeIs(0));
}

}  // namespace
}  // namespace mxray::test
