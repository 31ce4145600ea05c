// SPDX-License-Identifier: Apache-2.0
// S2 at the server: is our users' mail seen that comes without a login, and no
// other mail taken for it?
#include <gmock/gmock.h>

#include "unit/engine_run.h"
#include "unit/mail_talk.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;
using testing::SizeIs;

constexpr const char* kOffers =
    "250-WIN-TQTAID053PB.abc.com Hello [69.46.103.200]\n250-SIZE\n250-PIPELINING\n250-STARTTLS\n"
    "250-X-ANONYMOUSTLS\n250-AUTH NTLM LOGIN\n250-8BITMIME\n250 XSHADOW\n";
constexpr const char* kTooMany =
    "550 5.2.1 Mailbox unavailable. Too many invalid delivery attempts were received from your IP "
    "address.\n";

// The addresses of S2: the proxy of a hotel's provider, the server behind NAT.
Ends proxy(std::uint16_t number = 0) {
  return {.client = "69.46.103.200",
          .server = "192.168.0.222",
          .client_port = static_cast<std::uint16_t>(49'760 + number),
          .client_ttl = 44,
          .server_ttl = 127,
          .isn = 5'000'000U * (number + 1U),
          .start_seconds = 60.0 * number};
}

Talk greeted(const Ends& ends, const std::string& helo = "mail.globalsuite.net") {
  Talk talk(ends);
  talk.server("220 WIN-TQTAID053PB.abc.com Microsoft ESMTP MAIL Service ready\n")
      .client("EHLO " + helo + "\n")
      .server(kOffers);
  return talk;
}

// A whole mail, as it is accepted.
Talk mail(const Ends& ends, const std::string& from,
          const std::string& helo = "mail.globalsuite.net") {
  return greeted(ends, helo)
      .client("MAIL FROM:<" + from + ">\n")
      .server("250 2.1.0 Ok\n")
      .client("RCPT TO:<x@example.org>\n")
      .server("250 2.1.5 Ok\n")
      .client("DATA\n")
      .server("354 go on\n")
      .client("Subject: hello\n\n" + std::string(400, 'a') + "\n.\n")
      .server("250 2.0.0 Ok\n")
      .bye();
}

Talk refused(const Ends& ends, const std::string& reply,
             const std::string& helo = "mail.globalsuite.net") {
  return greeted(ends, helo)
      .client("MAIL FROM:<jia@abc.com>\n")
      .server("250 2.1.0 Ok\n")
      .client("RCPT TO:<x@example.org>\n")
      .server(reply)
      .bye();
}

constexpr const char* kNoRelay = "554 5.7.1 <x@example.org>: Relay access denied\n";
constexpr const char* kNotLoggedIn =
    "553 5.7.1 <jia@abc.com>: Sender address rejected: not logged in\n";

ReplayResult judged(const std::vector<Talk>& talks,
                    std::vector<std::string> domains = {"abc.com"}) {
  AnalyzerSettings settings;
  settings.local_domains = std::move(domains);
  return verdict_on({together(talks)}, default_ports(), settings);
}

std::vector<Incident> of_kind(const ReplayResult& result, Kind kind) {
  std::vector<Incident> found;
  for (const Incident& incident : result.incidents) {
    if (incident.kind == kind) found.push_back(incident);
  }
  return found;
}

TEST(Submission, WithoutLoginIsPossibleAtOnce) {
  const auto result = judged({mail(proxy(), "jia@abc.com")});
  ASSERT_THAT(result.incidents, SizeIs(1));
  const Incident& incident = result.incidents[0];
  EXPECT_EQ(incident.kind, Kind::kUnauthenticatedSubmission);
  EXPECT_EQ(incident.confidence, Confidence::kPossible);
  EXPECT_EQ(to_string(incident.client.address), "69.46.103.200");
  const Dialogue& said = *incident.dialogue;
  EXPECT_THAT(said.helo, Optional(std::string("mail.globalsuite.net")));
  EXPECT_THAT(said.sender_domain, Optional(std::string("abc.com")));
  EXPECT_THAT(said.auth_offered, Optional(true));
  EXPECT_THAT(said.auth_used, Optional(false));
  EXPECT_THAT(said.starttls_offered, Optional(true));
  EXPECT_THAT(said.starttls_used, Optional(false));
  EXPECT_THAT(incident.summary, HasSubstr("though AUTH and STARTTLS were offered"));
  EXPECT_THAT(incident.remedy, HasSubstr("587"));
}

// As after a reload of the daemon's configuration.
TEST(Submission, IsJudgedByTheDomainsAndReasonsOfTheLatestConfiguration) {
  std::vector<Incident> incidents;
  std::vector<FlowView> ended;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { ended.push_back(flow); };
  Analyzer analyzer(settings, [&](const Incident& incident) { incidents.push_back(incident); });
  const auto hear = [&](const Talk& talk) {
    EngineRun core;
    core.feed(talk.packets());
    for (const auto& record : core.records()) analyzer.consume(record);
  };
  hear(mail(proxy(0), "jia@abc.com"));
  EXPECT_THAT(incidents, SizeIs(0));

  auto reasons = ReasonTable::parse("user_unknown * * relay access denied\n", "a test");
  ASSERT_TRUE(reasons) << reasons.error().message;
  analyzer.judge_by({"abc.com"}, *std::move(reasons));
  hear(mail(proxy(1), "jia@abc.com"));
  ASSERT_THAT(incidents, testing::Not(SizeIs(0)));
  EXPECT_EQ(incidents[0].kind, Kind::kUnauthenticatedSubmission);
  hear(refused(proxy(2), kNoRelay));
  analyzer.finish();
  ASSERT_THAT(ended, testing::Not(SizeIs(0)));
  ASSERT_THAT(ended.back().refusals, SizeIs(1));
  EXPECT_EQ(ended.back().refusals[0].reason, "user_unknown");
}

TEST(Submission, RefusedForComingTooOftenIsTheProxyOfS2) {
  std::vector<Talk> talks;
  for (std::uint16_t i = 0; i < 3; ++i) {
    talks.push_back(mail(proxy(i), "jia@abc.com"));
  }
  talks.push_back(greeted(proxy(3))
                      .client("MAIL FROM:<jia@abc.com>\n")
                      .server("250 2.1.0 Sender OK\n")
                      .client("RCPT TO:<x@example.org>\n")
                      .server(kTooMany)
                      .bye());
  const auto result = judged(talks);
  const auto submissions = of_kind(result, Kind::kUnauthenticatedSubmission);
  ASSERT_THAT(submissions, SizeIs(1)) << "one for the address, not one a connection";
  EXPECT_EQ(submissions[0].confidence, Confidence::kProbable);
  EXPECT_THAT(submissions[0].dialogue->reply_code, Optional(550));
  const auto proxies = of_kind(result, Kind::kSmtpProxy);
  ASSERT_THAT(proxies, SizeIs(1));
  EXPECT_EQ(proxies[0].confidence, Confidence::kProbable);
  EXPECT_THAT(proxies[0].summary, HasSubstr("69.46.103.200 says EHLO mail.globalsuite.net"));
  EXPECT_THAT(proxies[0].summary, HasSubstr("Too many invalid delivery attempts"));
  EXPECT_THAT(proxies[0].remedy, HasSubstr("VPN"));
  EXPECT_THAT(of_kind(result, Kind::kRejected), SizeIs(0)) << "our own server's work";
}

TEST(Submission, RefusedForWantOfALoginIsProbableOnceItComesAgain) {
  std::vector<Talk> talks = {refused(proxy(0), kNotLoggedIn)};
  const auto once = judged(talks);
  ASSERT_THAT(once.incidents, SizeIs(1)) << "servers say so to every spoofer";
  EXPECT_EQ(once.incidents[0].confidence, Confidence::kPossible);
  talks.push_back(refused(proxy(1), kNotLoggedIn));
  EXPECT_EQ(judged(talks).incidents.at(0).confidence, Confidence::kPossible);
  talks.push_back(refused(proxy(2), kNotLoggedIn));
  const auto again = judged(talks);
  ASSERT_THAT(again.incidents, SizeIs(1));
  EXPECT_EQ(again.incidents[0].confidence, Confidence::kProbable);
  constexpr auto kind = static_cast<std::size_t>(Kind::kUnauthenticatedSubmission);
  EXPECT_THAT(again.totals.incidents[kind], ElementsAre(1, 0, 0)) << "as it was raised";
  EXPECT_THAT(again.totals.incident_promotions[kind], ElementsAre(0, 1, 0))
      << "once, in amendments";
}

TEST(Submission, ThatIsRefusedInOneBurstStaysPossible) {
  std::vector<Talk> talks;
  for (std::uint16_t i = 0; i < 5; ++i) {
    Ends burst = proxy(i);
    burst.start_seconds = 3.0 * i;
    talks.push_back(refused(burst, kNotLoggedIn));
  }
  const auto result = judged(talks);
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_EQ(result.incidents[0].confidence, Confidence::kPossible);
}

TEST(ARelayDenial, FitsAProbeAsWellAndAddsNothing) {
  std::vector<Talk> talks;
  for (std::uint16_t i = 0; i < 5; ++i) talks.push_back(refused(proxy(i), kNoRelay));
  const auto result = judged(talks);
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_EQ(result.incidents[0].kind, Kind::kUnauthenticatedSubmission);
  EXPECT_EQ(result.incidents[0].confidence, Confidence::kPossible);
}

TEST(InnocentSubmission, RaisesNothing) {
  const std::string all = std::string("RCPT TO:<x@example.org>\n") + std::string(400, 'a') + "\n";
  const std::string sent = "MAIL FROM:<jia@abc.com>\n" + all;
  Ends inside = proxy();
  inside.client = "192.168.0.9";
  Ends tls = proxy();
  tls.port = 465;
  Ends submission = proxy();
  submission.port = 587;
  const std::vector<std::pair<std::string, Talk>> cases = {
      {"logged in", greeted(submission, "pc")
                        .client("AUTH LOGIN\n")
                        .server("334 VXNlcm5hbWU6\n")
                        .client("amlh\n")
                        .server("235 2.7.0 ok\n")
                        .client(sent)
                        .bye()},
      {"encrypted", greeted(proxy())
                        .client("STARTTLS\n")
                        .server("220 2.0.0 ready\n")
                        .client(std::string("\x16\x03\x01\x00\x05hello", 10))
                        .client(all)
                        .bye()},
      {"a stranger's sender", mail(proxy(), "a@example.org")},
      {"a forwarder that rewrites", mail(proxy(), "SRS0=x=y=abc.com=jia@forwarder.example")},
      {"a bounce", mail(proxy(), "")},
      {"a host of ours", greeted(inside).client(sent).bye()},
      {"TLS from the start", greeted(tls).client(sent).bye()},
      {"a domain that only ends alike", mail(proxy(), "a@notabc.com")},
      {"a monitor that asks only", greeted(proxy(), "check.uptime.example")
                                       .client("MAIL FROM:<monitor@abc.com>\n")
                                       .server("250 2.1.0 Ok\n")
                                       .client("RSET\n")
                                       .server("250 2.0.0 Ok\n")
                                       .client("QUIT\n")
                                       .bye()},
      {"our backup MX", mail(proxy(), "jia@abc.com", "mx2.abc.com")},
  };
  for (const auto& [name, talk] : cases) {
    EXPECT_THAT(judged({talk}).incidents, SizeIs(0)) << name;
  }
}

TEST(InnocentSubmission, ToAServerThatOffersNoLoginRaisesNothing) {
  Talk talk(proxy());
  talk.server("220 mx.abc.com ESMTP\n")
      .client("EHLO mail.globalsuite.net\n")
      .server("250-mx.abc.com\n250 SIZE\n")
      .client("MAIL FROM:<jia@abc.com>\n" + std::string(400, 'a') + "\n")
      .bye();
  EXPECT_THAT(judged({talk}).incidents, SizeIs(0));
}

TEST(InnocentSubmission, IsNotJudgedWithoutLocalDomains) {
  EXPECT_THAT(judged({mail(proxy(), "jia@abc.com")}, {}).incidents, SizeIs(0));
}

TEST(OurMailGoingOut, IsNoSubmissionToOurs) {
  Ends out{.client = "192.168.0.222", .server = "203.0.113.25"};
  EXPECT_THAT(judged({mail(out, "jia@abc.com")}).incidents, SizeIs(0));
}

std::vector<Talk> delivered(const std::vector<std::string>& senders) {
  std::vector<Talk> talks;
  for (const std::string& sender : senders) {
    talks.push_back(
        mail(proxy(static_cast<std::uint16_t>(talks.size())), sender, "mx.forwarder.example"));
  }
  return talks;
}

TEST(AForwarder, ThatKeepsTheSenderIsNoProxy) {
  const auto result =
      judged(delivered({"jia@abc.com", "a@example.org", "jia@abc.com", "jia@abc.com"}));
  EXPECT_THAT(of_kind(result, Kind::kSmtpProxy), SizeIs(0));
  const auto submissions = of_kind(result, Kind::kUnauthenticatedSubmission);
  ASSERT_THAT(submissions, SizeIs(1));
  EXPECT_EQ(submissions[0].confidence, Confidence::kPossible);
}

TEST(AForwarder, IsKnownByTheForeignMailThatCameFirst) {
  auto talks = delivered({"a@example.org", "jia@abc.com", "jia@abc.com", "jia@abc.com"});
  EXPECT_THAT(judged(talks).incidents, SizeIs(0));
  for (std::uint16_t i = 4; i < 7; ++i) {
    talks.push_back(refused(proxy(i), "450 4.7.1 Error: too many mails from 69.46.103.200\n",
                            "mx.forwarder.example"));
  }
  EXPECT_THAT(judged(talks).incidents, SizeIs(0)) << "a rate limit meets forwarders, too";
}

std::vector<Talk> from_many(std::uint16_t count, bool one_site, const std::string& reply) {
  std::vector<Talk> talks;
  for (std::uint16_t i = 0; i < count; ++i) {
    Ends bot = proxy(i);
    bot.client = "198.51.100." + std::to_string(i + 1);
    const std::string number = std::to_string(i);
    const std::string helo =
        one_site ? "mta" + number + ".provider.co.uk" : "mail.bot" + number + ".example";
    talks.push_back(reply.empty() ? mail(bot, "boss@abc.com", helo) : refused(bot, reply, helo));
  }
  return talks;
}

TEST(SpammersWhoClaimToBeUs, AreToldOfInSmallNumbers) {
  EXPECT_THAT(judged(from_many(40, false, "")).incidents, SizeIs(20));
  EXPECT_THAT(judged(from_many(40, false, kNotLoggedIn)).incidents, SizeIs(20))
      << "a refusal is no way around that";
}

TEST(AProvider, WithManyAddressesIsOneIncident) {
  const auto result = judged(from_many(25, true, ""));
  ASSERT_THAT(result.incidents, SizeIs(1));
  EXPECT_THAT(result.incidents[0].summary, HasSubstr("with 15 other addresses"));
  const auto refusals = judged(from_many(25, true, kNotLoggedIn));
  ASSERT_THAT(refusals.incidents, SizeIs(1));
  EXPECT_EQ(refusals.incidents[0].confidence, Confidence::kPossible) << "each has come once";
  EXPECT_THAT(of_kind(judged(from_many(25, true, kTooMany)), Kind::kSmtpProxy), SizeIs(0))
      << "each has come once";
}

TEST(AStranger, IsNoProxyUnlessItIsAServerThatComesTooOften) {
  std::vector<Talk> computer, few;
  for (std::uint16_t i = 0; i < 4; ++i) computer.push_back(refused(proxy(i), kTooMany, "pc"));
  for (std::uint16_t i = 0; i < 2; ++i) few.push_back(refused(proxy(i), kTooMany));
  EXPECT_THAT(of_kind(judged(computer), Kind::kSmtpProxy), SizeIs(0));
  EXPECT_THAT(of_kind(judged(few), Kind::kSmtpProxy), SizeIs(0));
  few.push_back(refused(proxy(2), kTooMany));
  EXPECT_THAT(of_kind(judged(few), Kind::kSmtpProxy), SizeIs(1));
}

}  // namespace
}  // namespace mxray::test
