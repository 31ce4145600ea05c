// SPDX-License-Identifier: Apache-2.0
// Which failed deliveries do the logs of Exchange and MDaemon tell of, which have
// what both sides said?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maillog_logs.h"
#include "maillog_read.h"

namespace mxray::maillog {
namespace {

using testing::Eq;
using testing::Optional;

TEST(ExchangeLog, ThePublishedOneIsReadWholeAndHoldsNoRefusal) {
  const ReadLog log = read_log(logs::kExchangeBehindProxy);
  EXPECT_EQ(log.counts.lines, 18U);
  EXPECT_EQ(log.counts.by_format[static_cast<std::size_t>(LogFormat::kExchange)], 18U);
  EXPECT_EQ(log.counts.not_understood, 0U);
  EXPECT_TRUE(log.failed.empty());
}

TEST(ExchangeLog, ARefusalAfterItIsTheClientsOfThatSession) {
  const std::string more =
      std::string(logs::kExchangeBehindProxy) +
      "2011-11-16T04:11:56.443Z,WIN-TQTAID053PB\\Default WIN-TQTAID053PB,08CE6E5DA8B26408,21,"
      "192.168.0.222:25,69.46.103.200:49760,>,550 5.2.1 Mailbox unavailable. Too many invalid "
      "delivery attempts were received from your IP address.,\n";
  const ReadLog log = read_log(more);
  ASSERT_EQ(log.failed.size(), 1U);
  const FailedDelivery& failed = log.failed[0];
  EXPECT_EQ(failed.format, LogFormat::kExchange);
  EXPECT_EQ(failed.direction, Direction::kIncoming);
  EXPECT_EQ(failed.id, "08CE6E5DA8B26408");
  EXPECT_EQ(failed.line, 19U);
  EXPECT_EQ(time_of(failed), "2011-11-16T04:11:56.443000Z");
  EXPECT_EQ(failed.unit_ns, 1'000'000U);
  EXPECT_EQ(remote_of(failed), "69.46.103.200");
  EXPECT_THAT(failed.remote_port, Optional(49760));
  EXPECT_EQ(to_string(*failed.own), "192.168.0.222:25");
  EXPECT_THAT(failed.helo, Optional(Eq("mail.globalsuite.net")));
  EXPECT_THAT(failed.sender_domain, Optional(Eq("abc.com")));
  EXPECT_THAT(failed.reply.code, Optional(550));
  EXPECT_THAT(failed.reply.enhanced, Optional(Eq("5.2.1")));
}

TEST(ExchangeLog, FollowsTheColumnsOfItsHeaderAndQuotedLineEnds) {
  const ReadLog log = read_log(
      "\xef\xbb\xbf#Software: Microsoft Exchange Server\r\n"
      "#Log-type: SMTP Send Protocol Log\r\n"
      "#Fields: date-time,session-id,connector-id,sequence-number,remote-endpoint,local-endpoint,"
      "event,data,context\r\n"
      "2019-01-02T03:04:05.000Z,S1,out,0,203.0.113.7:25,192.0.2.1:4001,+,,\r\n"
      "2019-01-02T03:04:05.100Z,S1,out,1,203.0.113.7:25,192.0.2.1:4001,<,220 mx.example.com,\r\n"
      "2019-01-02T03:04:05.200Z,S1,out,2,203.0.113.7:25,192.0.2.1:4001,>,EHLO mx.example.org,\r\n"
      "2019-01-02T03:04:05.300Z,S1,out,3,203.0.113.7:25,192.0.2.1:4001,<,250  mx.example.com "
      "Hello,\r\n"
      "2019-01-02T03:04:05.400Z,S1,out,4,203.0.113.7:25,192.0.2.1:4001,>,MAIL "
      "FROM:<j@example.org>,\r\n"
      "2019-01-02T03:04:05.400Z,S1,out,5,203.0.113.7:25,192.0.2.1:4001,>,RCPT "
      "TO:<b@example.com>,\r\n"
      "2019-01-02T03:04:05.500Z,S1,out,6,203.0.113.7:25,192.0.2.1:4001,<,250 2.1.0 ok,\r\n"
      "2019-01-02T03:04:05.600Z,S1,out,7,203.0.113.7:25,192.0.2.1:4001,<,\"550-5.7.1 Blocked, "
      "sorry\r\n550 5.7.1 see \"\"policy\"\"\",\r\n"
      "2019-01-02T03:04:05.700Z,S1,out,8,203.0.113.7:25,192.0.2.1:4001,-,,Local\r\n");
  EXPECT_EQ(log.counts.not_understood, 0U);
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.failed[0].direction, Direction::kOutgoing);
  EXPECT_EQ(log.failed[0].line, 11U);
  EXPECT_EQ(remote_of(log.failed[0]), "203.0.113.7");
  EXPECT_EQ(to_string(*log.failed[0].own), "192.0.2.1:4001");
  EXPECT_THAT(log.failed[0].sender_domain, Optional(Eq("example.org")));
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("example.com")))
      << "the second of two pipelined commands is the one that was refused";
  EXPECT_EQ(log.failed[0].reply.text, "Blocked, sorry 5.7.1 see \"policy\"");
}

TEST(MdaemonLog, TellsWhomTheServerRefused) {
  const ReadLog log = read_log(logs::kMdaemonIn, {.timezone = "+08:00"});
  EXPECT_EQ(log.counts.not_understood, 0U);
  ASSERT_EQ(log.failed.size(), 1U) << "a failed AUTH is no failed delivery";
  const FailedDelivery& failed = log.failed[0];
  EXPECT_EQ(failed.format, LogFormat::kMdaemon);
  EXPECT_EQ(failed.direction, Direction::kIncoming);
  EXPECT_EQ(failed.id, "16");
  EXPECT_EQ(time_of(failed), "2010-05-10T05:39:34.000000Z");
  EXPECT_EQ(remote_of(failed), "198.51.100.9");
  EXPECT_THAT(failed.remote_port, Optional(38233));
  EXPECT_THAT(failed.sender_domain, Optional(Eq("spam.example")));
  EXPECT_THAT(failed.recipient_domain, Optional(Eq("company.example")));
  EXPECT_THAT(failed.reply.code, Optional(550));
  EXPECT_EQ(failed.reply.text, "<...@company.example>, Recipient unknown");
}

TEST(MdaemonLog, TellsWhoRefusedItsMail) {
  const ReadLog log = read_log(logs::kMdaemonOut, {.timezone = "+08:00"});
  EXPECT_EQ(log.counts.not_understood, 0U);
  ASSERT_EQ(log.failed.size(), 2U);
  const FailedDelivery& failed = log.failed[0];
  EXPECT_EQ(failed.direction, Direction::kOutgoing);
  EXPECT_EQ(time_of(failed), "2010-05-10T05:40:01.123000Z");
  EXPECT_EQ(remote_of(failed), "203.0.113.7");
  EXPECT_THAT(failed.remote_port, Optional(25));
  EXPECT_EQ(to_string(*failed.own), "192.168.1.2:3456");
  EXPECT_THAT(failed.sender_domain, Optional(Eq("company.example")));
  EXPECT_THAT(failed.recipient_domain, Optional(Eq("example.com")));
  EXPECT_THAT(failed.reply.code, Optional(500));
  EXPECT_EQ(failed.reply.text, "error");
  EXPECT_EQ(log.failed[1].failure, Failure::kNoConnection);
  EXPECT_EQ(remote_of(log.failed[1]), "203.0.113.8");
}

TEST(MdaemonLog, KnowsItsArrowsAsCharacters) {
  const ReadLog log = read_log(
      "Mon 2010-05-10 13:39:30: Accepting SMTP connection from [198.51.100.9 : 38233]\n"
      "Mon 2010-05-10 13:39:33: \xe2\x86\x90 MAIL FROM:<a@spam.example>\n"
      "Mon 2010-05-10 13:39:34: \xe2\x86\x92 550 no reverse DNS\n");
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.failed[0].direction, Direction::kIncoming);
  EXPECT_EQ(remote_of(log.failed[0]), "198.51.100.9");
}

}  // namespace
}  // namespace mxray::maillog
