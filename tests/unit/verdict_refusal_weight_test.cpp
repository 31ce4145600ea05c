// SPDX-License-Identifier: Apache-2.0
// Which refusals are daily business, and which an incident?
#include <gmock/gmock.h>

#include <tuple>

#include "unit/refused_mail.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;
using testing::SizeIs;

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

}  // namespace
}  // namespace mxray::test
