// SPDX-License-Identifier: Apache-2.0
// S2 at the server: is our users' mail seen that comes without a login, and no
// other mail taken for it?
#include <gmock/gmock.h>

#include "unit/mail_talk.h"
#include "unit/verdict_run.h"

namespace mxray::test {
namespace {

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
  const auto result = judged({greeted(proxy()).client("MAIL FROM:<jia@abc.com>\n")});
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
  EXPECT_THAT(incident.remedy, HasSubstr("587"));
}

TEST(Submission, RefusedForComingTooOftenIsTheProxyOfS2) {
  std::vector<Talk> talks;
  for (std::uint16_t i = 0; i < 3; ++i) {
    talks.push_back(
        greeted(proxy(i)).client("MAIL FROM:<jia@abc.com>\n").server("250 2.1.0 Ok\n").bye());
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

TEST(Submission, RefusedForWantOfALoginIsCertain) {
  const auto result =
      judged({greeted(proxy())
                  .client("MAIL FROM:<jia@abc.com>\n")
                  .server("530 5.7.57 SMTP; Client was not authenticated to send anonymous mail "
                          "during MAIL FROM\n")
                  .bye()});
  const auto submissions = of_kind(result, Kind::kUnauthenticatedSubmission);
  ASSERT_THAT(submissions, SizeIs(1));
  EXPECT_EQ(submissions[0].confidence, Confidence::kCertain);
}

TEST(InnocentSubmission, RaisesNothing) {
  const std::string mail = "MAIL FROM:<jia@abc.com>\n";
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
                        .client(mail)},
      {"encrypted", greeted(proxy())
                        .client("STARTTLS\n")
                        .server("220 2.0.0 ready\n")
                        .client(std::string("\x16\x03\x01\x00\x05hello", 10))},
      {"a stranger's sender", greeted(proxy()).client("MAIL FROM:<a@example.org>\n")},
      {"a forwarder that rewrites",
       greeted(proxy()).client("MAIL FROM:<SRS0=x=y=abc.com=jia@forwarder.example>\n")},
      {"a bounce", greeted(proxy()).client("MAIL FROM:<>\n")},
      {"a host of ours", greeted(inside).client(mail)},
      {"TLS from the start", greeted(tls).client(mail)},
      {"a domain that only ends alike", greeted(proxy()).client("MAIL FROM:<a@notabc.com>\n")},
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
      .client("MAIL FROM:<jia@abc.com>\n");
  EXPECT_THAT(judged({talk}).incidents, SizeIs(0));
}

TEST(InnocentSubmission, IsNotJudgedWithoutLocalDomains) {
  EXPECT_THAT(judged({greeted(proxy()).client("MAIL FROM:<jia@abc.com>\n")}, {}).incidents,
              SizeIs(0));
}

TEST(OurMailGoingOut, IsNoSubmissionToOurs) {
  Ends out{.client = "192.168.0.222", .server = "203.0.113.25"};
  EXPECT_THAT(judged({greeted(out).client("MAIL FROM:<jia@abc.com>\n")}).incidents, SizeIs(0));
}

TEST(AForwarder, ThatKeepsTheSenderIsNoProxy) {
  const auto deliver = [](std::uint16_t i, const std::string& from) {
    return greeted(proxy(i), "forwarder.example")
        .client("MAIL FROM:<" + from + ">\n")
        .server("250 2.1.0 Ok\n")
        .bye();
  };
  const auto result = judged({deliver(0, "jia@abc.com"), deliver(1, "a@example.org"),
                              deliver(2, "jia@abc.com"), deliver(3, "jia@abc.com")});
  EXPECT_THAT(of_kind(result, Kind::kSmtpProxy), SizeIs(0));
  const auto submissions = of_kind(result, Kind::kUnauthenticatedSubmission);
  ASSERT_THAT(submissions, SizeIs(1));
  EXPECT_EQ(submissions[0].confidence, Confidence::kPossible);
}

TEST(SpammersWhoClaimToBeUs, AreToldOfInSmallNumbers) {
  std::vector<Talk> talks;
  for (std::uint16_t i = 0; i < 60; ++i) {
    Ends bot = proxy(i);
    bot.client = "198.51.100." + std::to_string(i + 1);
    talks.push_back(greeted(bot).client("MAIL FROM:<boss@abc.com>\n").bye());
  }
  EXPECT_THAT(judged(talks).incidents, SizeIs(20));
}

}  // namespace
}  // namespace mxray::test
