// SPDX-License-Identifier: Apache-2.0
// Which failed deliveries do qmail's logs tell of?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maillog_read.h"

namespace mxray::maillog {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

// The published incident; its author had blotted out the address.
constexpr const char* kForgedInJapan =
    "Sep 26 14:46:23 livedoor qmail: 1159253183.972578 delivery 118310: failure: "
    "203.131.198.80_does_not_like_recipient./Remote_host_said:_500_error/"
    "Giving_up_on_203.131.198.80./";

// The other published one, wrapped as it was printed.
constexpr const char* kVerificationFailed =
    "Apr 19 10:19:09 report qmail: 1145413149.690610 delivery 150: failure:\n"
    "131.111.8.147_does_not_like_recipient./Remote_host_said:_550-Verification_failed_for_<> "
    "/550-It_appears_that_the_DNS_operator_for_AOL.com\n"
    "/550-has_installed_an_invalid_MX_record_with_an_IP_address\n"
    "/550-instead_of_a_domain_name_on_the_right_hand_side.\n"
    "/550_Sender_verify_failed/Giving_up_on_131.111.8.147.\n";

TEST(QmailLog, TellsTheServerTheReplyAndTheTimeOfABounce) {
  const ReadLog log = read_log(kForgedInJapan);
  ASSERT_EQ(log.failed.size(), 1U);
  const FailedDelivery& failed = log.failed[0];
  EXPECT_EQ(failed.format, LogFormat::kQmail);
  EXPECT_EQ(failed.direction, Direction::kOutgoing);
  EXPECT_EQ(failed.failure, Failure::kRefused);
  EXPECT_TRUE(failed.permanent);
  EXPECT_EQ(failed.id, "118310");
  EXPECT_EQ(failed.file, "mail.log");
  EXPECT_EQ(failed.line, 1U);
  EXPECT_EQ(remote_of(failed), "203.131.198.80");
  EXPECT_THAT(failed.reply.code, Optional(500));
  EXPECT_EQ(failed.reply.text, "error");
  // The epoch stamp, not syslog's, which has neither year nor zone.
  EXPECT_EQ(time_of(failed), "2006-09-26T06:46:23.972578Z");
  EXPECT_EQ(failed.unit_ns, 1'000U);
  EXPECT_EQ(log.counts.not_understood, 0U);
}

TEST(QmailLog, JoinsAReportThatWasWrapped) {
  const ReadLog log = read_log(kVerificationFailed);
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(remote_of(log.failed[0]), "131.111.8.147");
  EXPECT_THAT(log.failed[0].reply.code, Optional(550));
  EXPECT_THAT(log.failed[0].reply.text, HasSubstr("invalid MX record with an IP address"));
  EXPECT_THAT(log.failed[0].reply.text, HasSubstr("Sender verify failed"));
  EXPECT_THAT(log.failed[0].reply.text, Not(HasSubstr("550")));
  EXPECT_EQ(log.counts.not_understood, 0U);
}

TEST(QmailLog, JoinsALineThatSploggerBroke) {
  const ReadLog log = read_log(
      "Sep 26 14:46:23 mx qmail: 1159253183.972578 delivery 7: failure: 203.0.113.9_does_not_"
      "like_recipient./Remote_host_said:_550_no_such\n"
      "Sep 26 14:46:23 mx qmail: 1159253183.972578+_user_here/Giving_up_on_203.0.113.9./\n");
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.failed[0].reply.text, "no such user here");
}

TEST(QmailLog, FindsTheDomainsInTheLinesBefore) {
  const ReadLog log = read_log(
      "@400000004518cc13395f2d94 new msg 4711\n"
      "@400000004518cc13395f2d94 info msg 4711: bytes 812 from <jane.doe@livedoor.cn> qp 9 uid 89\n"
      "@400000004518cc13395f2d94 starting delivery 31: msg 4711 to remote "
      "jim@neptune.livedoor.com\n"
      "@400000004518cc13395f2d94 starting delivery 32: msg 4711 to local bob@livedoor.cn\n"
      "@400000004518cc13395f2d94 status: local 1/10 remote 1/20\n"
      "@400000004518cc14395f2d94 delivery 31: deferral: 203.131.198.80_does_not_like_recipient./"
      "Remote_host_said:_450_4.2.0_<jim@neptune.livedoor.com>_greylisted/"
      "Giving_up_on_203.131.198.80./\n"
      "@400000004518cc14395f2d94 delivery 32: failure: Sorry,_no_mailbox_here_by_that_name./\n"
      "@400000004518cc14395f2d94 end msg 4711\n");
  ASSERT_EQ(log.failed.size(), 1U) << "the local one crossed no network";
  EXPECT_THAT(log.failed[0].sender_domain, Optional(Eq("livedoor.cn")));
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("neptune.livedoor.com")));
  EXPECT_FALSE(log.failed[0].permanent);
  EXPECT_THAT(log.failed[0].reply.enhanced, Optional(Eq("4.2.0")));
  EXPECT_EQ(log.failed[0].reply.text, "<...@neptune.livedoor.com> greylisted");
  EXPECT_EQ(time_of(log.failed[0]), "2006-09-26T06:43:22.962538Z");
  EXPECT_EQ(log.counts.not_understood, 0U);
}

TEST(QmailLog, TellsARefusedConnectionFromABrokenOne) {
  const ReadLog log = read_log(
      "1159253183.972578 delivery 1: deferral: Sorry,_I_wasn't_able_to_establish_an_SMTP_"
      "connection._(#4.4.1)/\n"
      "1159253183.972578 delivery 2: deferral: Connected_to_203.0.113.9_but_connection_died._"
      "(#4.4.2)/\n"
      "1159253183.972578 delivery 3: failure: Connected_to_203.0.113.9_but_greeting_failed./"
      "Remote_host_said:_554_go_away/\n"
      "1159253183.972578 delivery 4: failure: Sorry,_I_couldn't_find_any_host_named_nowhere.example"
      "._(#5.1.2)/\n"
      "1159253183.972578 delivery 5: success: 203.0.113.9_accepted_message./\n");
  ASSERT_EQ(log.failed.size(), 4U);
  EXPECT_EQ(log.failed[0].failure, Failure::kNoConnection);
  EXPECT_EQ(log.failed[1].failure, Failure::kConnectionLost);
  EXPECT_EQ(remote_of(log.failed[1]), "203.0.113.9");
  EXPECT_EQ(log.failed[2].failure, Failure::kRefused);
  EXPECT_EQ(remote_of(log.failed[2]), "203.0.113.9");
  EXPECT_EQ(log.failed[2].reply.text, "go away");
  EXPECT_EQ(log.failed[3].failure, Failure::kOther);
}

TEST(QmailLog, ABlottedOutAddressIsNoAddress) {
  const ReadLog log = read_log(
      "Sep 26 14:46:23 livedoor qmail: 1159253183.972578 delivery 118310: failure: "
      "xxx.xxx.xxx.xxx_does_not_like_recipient./Remote_host_said:_500_error/"
      "Giving_up_on_xxx.xxx.xxx.xxx./");
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_FALSE(log.failed[0].remote);
  EXPECT_THAT(log.failed[0].reply.code, Optional(500));
}

}  // namespace
}  // namespace mxray::maillog
