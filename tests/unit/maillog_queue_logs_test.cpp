// SPDX-License-Identifier: Apache-2.0
// Which failed deliveries do the logs of postfix, exim and sendmail tell of?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "maillog_read.h"

namespace mxray::maillog {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

TEST(PostfixLog, TellsWhoRefusedWhatOfABounce) {
  const ReadLog log = read_log(
      "May 10 13:39:30 mx postfix/smtpd[100]: 4Z1ABC: client=pc.example.org[192.0.2.7]\n"
      "May 10 13:39:30 mx postfix/cleanup[101]: 4Z1ABC: message-id=<1@pc.example.org>\n"
      "May 10 13:39:30 mx postfix/qmgr[102]: 4Z1ABC: from=<jane@Example.ORG>, size=412, nrcpt=2 "
      "(queue active)\n"
      "May 10 13:39:34 mx postfix/smtp[103]: 4Z1ABC: to=<bob@example.com>, "
      "relay=mx1.example.com[203.0.113.7]:25, delay=4.1, delays=0.1/0/2/2, dsn=5.1.1, "
      "status=bounced (host mx1.example.com[203.0.113.7] said: 550 5.1.1 <bob@example.com>: "
      "Recipient address rejected: User unknown (in reply to RCPT TO command))\n"
      "May 10 13:39:35 mx postfix/smtp[104]: 4Z1ABC: to=<al@example.net>, orig_to=<alias>, "
      "relay=mx.example.net[2001:db8::25]:25, delay=5, delays=1/1/1/2, dsn=2.0.0, status=sent "
      "(250 2.0.0 Ok: queued)\n"
      "May 10 13:39:35 mx postfix/qmgr[102]: 4Z1ABC: removed\n");
  ASSERT_EQ(log.failed.size(), 1U);
  const FailedDelivery& failed = log.failed[0];
  EXPECT_EQ(failed.format, LogFormat::kPostfix);
  EXPECT_EQ(failed.id, "4Z1ABC");
  EXPECT_EQ(failed.line, 4U);
  EXPECT_EQ(time_of(failed), "2010-05-10T13:39:34.000000Z");
  EXPECT_EQ(failed.unit_ns, 1'000'000'000U);
  EXPECT_TRUE(failed.permanent);
  EXPECT_EQ(remote_of(failed), "203.0.113.7");
  EXPECT_THAT(failed.remote_name, Optional(Eq("mx1.example.com")));
  EXPECT_THAT(failed.sender_domain, Optional(Eq("example.org")));
  EXPECT_THAT(failed.recipient_domain, Optional(Eq("example.com")));
  EXPECT_THAT(failed.reply.code, Optional(550));
  EXPECT_THAT(failed.reply.enhanced, Optional(Eq("5.1.1")));
  EXPECT_EQ(failed.reply.text, "<...@example.com>: Recipient address rejected: User unknown");
  EXPECT_EQ(log.counts.not_understood, 0U);
}

TEST(PostfixLog, TellsOfHostsThatWereGivenUpForTheNext) {
  const ReadLog log = read_log(
      "2010-05-10T13:39:34.250000+08:00 mx postfix/smtp[103]: 4Z1: host mx1.example.com"
      "[203.0.113.7] said: 450 4.7.1 Greylisted (in reply to RCPT TO command)\n"
      "2010-05-10T13:39:36+08:00 mx postfix/smtp[103]: 4Z1: to=<b@example.com>, relay=mx2.example."
      "com[203.0.113.8]:25, delay=9, dsn=4.0.0, status=deferred (host mx2.example.com[203.0.113.8] "
      "refused to talk to me: 421 too busy)\n");
  ASSERT_EQ(log.failed.size(), 2U);
  EXPECT_EQ(time_of(log.failed[0]), "2010-05-10T05:39:34.250000Z");
  EXPECT_EQ(remote_of(log.failed[0]), "203.0.113.7");
  EXPECT_THAT(log.failed[0].reply.code, Optional(450));
  EXPECT_FALSE(log.failed[0].permanent);
  EXPECT_EQ(remote_of(log.failed[1]), "203.0.113.8");
  EXPECT_THAT(log.failed[1].reply.code, Optional(421));
  EXPECT_EQ(log.failed[1].reply.text, "too busy");
}

TEST(PostfixLog, TellsHowAConnectionFailed) {
  const ReadLog log = read_log(
      "May 10 13:39:34 mx postfix/smtp[1]: A1: to=<b@example.com>, relay=none, delay=30, "
      "dsn=4.4.1, status=deferred (connect to mx.example.com[203.0.113.7]:25: Connection timed "
      "out)\n"
      "May 10 13:39:34 mx postfix/smtp[1]: A2: to=<b@example.com>, relay=mx.example.com"
      "[203.0.113.7]:25, delay=30, dsn=4.4.2, status=deferred (lost connection with mx.example.com"
      "[203.0.113.7] while sending RCPT TO)\n"
      "May 10 13:39:34 mx postfix/smtp[1]: A3: to=<b@nowhere.example>, relay=none, delay=1, "
      "dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for "
      "name=nowhere.example type=A: Host not found)\n"
      "May 10 13:39:34 mx postfix/local[1]: A4: to=<root@mx>, relay=local, delay=1, dsn=5.1.1, "
      "status=bounced (unknown user: \"root\")\n");
  ASSERT_EQ(log.failed.size(), 3U) << "a local delivery crosses no network";
  EXPECT_EQ(log.failed[0].failure, Failure::kNoConnection);
  EXPECT_EQ(remote_of(log.failed[0]), "203.0.113.7");
  EXPECT_EQ(log.failed[1].failure, Failure::kConnectionLost);
  EXPECT_EQ(log.failed[2].failure, Failure::kOther);
  EXPECT_FALSE(log.failed[2].remote);
}

TEST(PostfixLog, TellsWhomTheServerItselfRejected) {
  const ReadLog log = read_log(
      "May 10 13:39:34 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from unknown[198.51.100.9]: "
      "450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.9]; "
      "from=<news@spam.example> to=<jane@example.org> proto=ESMTP helo=<localhost>\n"
      "May 10 13:39:35 mx postfix/postscreen[8]: NOQUEUE: reject: RCPT from [198.51.100.9]:4242: "
      "550 5.7.1 Service unavailable; client [198.51.100.9] blocked using zen.example; "
      "from=<a@spam.example>, to=<jane@example.org>, proto=ESMTP, helo=<h.example>\n");
  ASSERT_EQ(log.failed.size(), 2U);
  EXPECT_EQ(log.failed[0].direction, Direction::kIncoming);
  EXPECT_EQ(remote_of(log.failed[0]), "198.51.100.9");
  EXPECT_FALSE(log.failed[0].remote_name) << "unknown is no name";
  EXPECT_THAT(log.failed[0].reply.code, Optional(450));
  EXPECT_THAT(log.failed[0].reply.text, HasSubstr("cannot find your hostname"));
  EXPECT_THAT(log.failed[0].sender_domain, Optional(Eq("spam.example")));
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("example.org")));
  EXPECT_THAT(log.failed[0].helo, Optional(Eq("localhost")));
  EXPECT_THAT(log.failed[1].remote_port, Optional(4242));
  EXPECT_THAT(log.failed[1].helo, Optional(Eq("h.example")));
}

TEST(PostfixLog, IsKnownByItsServiceUnderAnotherName) {
  const ReadLog log = read_log(
      "May 10 13:39:34 mx out-relay/smtp[1]: A1: to=<b@example.com>, relay=mx.example.com"
      "[203.0.113.7]:25, dsn=5.0.0, status=bounced (host mx.example.com[203.0.113.7] said: 500 "
      "error (in reply to RCPT TO command))\n"
      "May 10 13:39:34 mx dovecot: imap-login: Login: user=<jane>\n");
  EXPECT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.counts.of_others, 1U);
  EXPECT_EQ(log.counts.not_understood, 0U);
}

TEST(EximLog, TellsBouncesAndDeferralsOldAndNew) {
  const ReadLog log = read_log(
      "2010-05-10 13:39:30 1OBLLi-0001cY-Ip <= jane@example.org H=pc [192.0.2.7] P=esmtp S=411\n"
      "2010-05-10 13:39:34 1OBLLi-0001cY-Ip ** bob@example.com R=dnslookup T=remote_smtp: SMTP "
      "error from remote mail server after RCPT TO:<bob@example.com>: host mx.example.com "
      "[203.0.113.7]: 550-Verification failed for <jane@example.org>\\n550 5.7.0 Sender verify "
      "failed\n"
      "2020-05-10 13:39:34.123 +0800 [4242] 1rjHwM-00000005vAm-2SQc == al@example.net R=dnslookup "
      "T=remote_smtp defer (-44) H=mx.example.net [203.0.113.9]:25: SMTP error from remote mail "
      "server after RCPT TO:<al@example.net>: 451 4.7.1 Greylisted\n"
      "2010-05-10 13:39:34 1OBLLi-0001cY-Ip Completed\n");
  ASSERT_EQ(log.failed.size(), 2U);
  EXPECT_EQ(log.failed[0].format, LogFormat::kExim);
  EXPECT_EQ(log.failed[0].id, "1OBLLi-0001cY-Ip");
  EXPECT_TRUE(log.failed[0].permanent);
  EXPECT_THAT(log.failed[0].sender_domain, Optional(Eq("example.org")));
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("example.com")));
  EXPECT_EQ(remote_of(log.failed[0]), "203.0.113.7");
  EXPECT_THAT(log.failed[0].remote_name, Optional(Eq("mx.example.com")));
  EXPECT_THAT(log.failed[0].reply.code, Optional(550));
  EXPECT_EQ(log.failed[0].reply.text,
            "Verification failed for <...@example.org> 5.7.0 Sender verify failed");
  EXPECT_FALSE(log.failed[1].permanent);
  EXPECT_EQ(time_of(log.failed[1]), "2020-05-10T05:39:34.123000Z");
  EXPECT_EQ(remote_of(log.failed[1]), "203.0.113.9");
  EXPECT_THAT(log.failed[1].remote_port, Optional(25));
  EXPECT_THAT(log.failed[1].reply.enhanced, Optional(Eq("4.7.1")));
  EXPECT_EQ(log.counts.not_understood, 0U);
}

TEST(EximLog, TellsOfConnectionsAndOfHostsGivenUp) {
  const ReadLog log = read_log(
      "2010-05-10 13:39:31 1OBLLi-0001cY-Ip H=mx1.example.com [203.0.113.6]: SMTP error from "
      "remote "
      "mail server after initial connection: 421 too many connections\n"
      "2010-05-10 13:39:34 1OBLLi-0001cY-Ip == b@example.com R=dnslookup T=remote_smtp defer (110) "
      "H=mx.example.com [203.0.113.7]: Connection timed out\n"
      "2010-05-10 13:40:34 1OBLLi-0001cY-Ip == b@example.com R=dnslookup T=remote_smtp defer "
      "(-53): "
      "retry time not reached for any host\n"
      "2010-05-10 13:41:34 1OBLLi-0001cY-Ip H=mx.example.com [203.0.113.7]: Remote host closed "
      "connection in response to EHLO mx\n");
  ASSERT_EQ(log.failed.size(), 2U) << "where nothing was tried, nothing failed";
  EXPECT_EQ(remote_of(log.failed[0]), "203.0.113.6");
  EXPECT_THAT(log.failed[0].reply.code, Optional(421));
  EXPECT_EQ(log.failed[1].failure, Failure::kNoConnection);
  EXPECT_EQ(remote_of(log.failed[1]), "203.0.113.7");
}

TEST(EximLog, TellsWhomTheServerItselfRejected) {
  const ReadLog log = read_log(
      "2010-05-10 13:39:34 H=host.example (helo.example) [198.51.100.9]:4242 I=[192.0.2.1]:25 "
      "F=<a@spam.example> rejected RCPT <jane@example.org>: relay not permitted\n"
      "2010-05-10 13:39:34 H=(x) [198.51.100.9] F=<> temporarily rejected RCPT <j@example.org>: "
      "Could not complete sender verify\n");
  ASSERT_EQ(log.failed.size(), 2U);
  EXPECT_EQ(log.failed[0].direction, Direction::kIncoming);
  EXPECT_EQ(remote_of(log.failed[0]), "198.51.100.9");
  EXPECT_THAT(log.failed[0].remote_port, Optional(4242));
  ASSERT_TRUE(log.failed[0].own);
  EXPECT_EQ(to_string(*log.failed[0].own), "192.0.2.1:25");
  EXPECT_THAT(log.failed[0].helo, Optional(Eq("helo.example")));
  EXPECT_THAT(log.failed[0].sender_domain, Optional(Eq("spam.example")));
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("example.org")));
  EXPECT_EQ(log.failed[0].reply.text, "relay not permitted");
  EXPECT_FALSE(log.failed[0].reply.code) << "exim does not log it";
  EXPECT_FALSE(log.failed[1].permanent);
}

TEST(EximLog, IsJoinedFromThePiecesThatSyslogGets) {
  const ReadLog log = read_log(
      "May 10 13:39:34 mx exim[77]: [1/2] 2010-05-10 13:39:34 1OBLLi-0001cY-Ip ** b@example.com "
      "R=dnslookup T=remote_smtp H=mx.example.com [203.0.113.7]: SMTP error from remote mail \n"
      "May 10 13:39:34 mx exim[78]: 2010-05-10 13:39:34 1OBLLj-0001cY-Ip Completed\n"
      "May 10 13:39:34 mx exim[77]: [2\\2] server after RCPT TO:<b@example.com>: 550 no\n");
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.failed[0].id, "1OBLLi-0001cY-Ip");
  EXPECT_EQ(log.failed[0].reply.text, "no");
}

TEST(SendmailLog, TellsReplyWhereTheLogHasIt) {
  const ReadLog log = read_log(
      "Apr 19 10:19:00 mx sendmail[99]: k3J2J9xx: from=<jane@example.org>, size=400, class=0, "
      "nrcpts=1, relay=pc [192.0.2.7]\n"
      "Apr 19 10:19:09 mx sendmail[100]: k3J2J9xx: to=<bob@example.com>, "
      "ctladdr=<jane@example.org> "
      "(1/1), delay=00:00:09, xdelay=00:00:02, mailer=esmtp, pri=30400, relay=mx.example.com. "
      "[203.0.113.7], dsn=5.1.1, reply=550 5.1.1 <bob@example.com>... User unknown, stat=User "
      "unknown\n"
      "Apr 19 10:19:10 mx sm-mta[101]: k3J2J9yy: to=<al@example.net>, delay=00:00:09, "
      "mailer=esmtp, "
      "relay=mx.example.net. [203.0.113.9], dsn=4.7.1, stat=Deferred: 451 4.7.1 Greylisted, try "
      "later\n"
      "Apr 19 10:19:11 mx sendmail[102]: k3J2J9zz: to=<x@example.com>, mailer=esmtp, "
      "relay=mx.example.com. [203.0.113.7], dsn=2.0.0, stat=Sent (ok)\n");
  ASSERT_EQ(log.failed.size(), 2U);
  EXPECT_EQ(log.failed[0].format, LogFormat::kSendmail);
  EXPECT_THAT(log.failed[0].sender_domain, Optional(Eq("example.org")));
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("example.com")));
  EXPECT_EQ(remote_of(log.failed[0]), "203.0.113.7");
  EXPECT_THAT(log.failed[0].remote_name, Optional(Eq("mx.example.com")));
  EXPECT_THAT(log.failed[0].reply.code, Optional(550));
  EXPECT_EQ(log.failed[0].reply.text, "<...@example.com>... User unknown");
  EXPECT_THAT(log.failed[1].reply.code, Optional(451));
  EXPECT_EQ(log.failed[1].reply.text, "Greylisted, try later");
  EXPECT_FALSE(log.failed[1].permanent);
}

TEST(SendmailLog, ItsOwnWordsAreNoReply) {
  const ReadLog log = read_log(
      "Apr 19 10:19:09 mx sendmail[100]: k1: to=<bob@example.com>, mailer=esmtp, relay=mx.example."
      "com. [203.0.113.7], dsn=5.0.0, stat=Service unavailable\n"
      "Apr 19 10:19:09 mx sendmail[100]: k2: to=<bob@example.com>, mailer=esmtp, relay=mx.example."
      "com. [203.0.113.7], dsn=4.0.0, stat=Deferred: Connection timed out with mx.example.com.\n"
      "Apr 19 10:19:09 mx sendmail[100]: k3: to=<bob@nowhere.example>, mailer=esmtp, "
      "relay=nowhere.example, dsn=5.1.2, stat=Host unknown (Name server: nowhere.example.: host "
      "not found)\n"
      "Apr 19 10:19:09 mx sendmail[100]: k4: to=root, mailer=local, dsn=5.1.1, stat=User "
      "unknown\n");
  ASSERT_EQ(log.failed.size(), 3U);
  EXPECT_EQ(log.failed[0].failure, Failure::kRefused);
  EXPECT_FALSE(log.failed[0].reply.code);
  EXPECT_EQ(log.failed[0].reply.text, "");
  EXPECT_EQ(log.failed[1].failure, Failure::kNoConnection);
  EXPECT_EQ(log.failed[2].failure, Failure::kOther);
}

TEST(SendmailLog, TellsWhomTheServerItselfRejected) {
  const ReadLog log = read_log(
      "Apr 19 10:19:09 mx sendmail[100]: k3J2: ruleset=check_rcpt, arg1=<jane@example.org>, "
      "relay=host.example [198.51.100.9], reject=550 5.7.1 <jane@example.org>... Relaying "
      "denied\n");
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.failed[0].direction, Direction::kIncoming);
  EXPECT_EQ(remote_of(log.failed[0]), "198.51.100.9");
  EXPECT_THAT(log.failed[0].recipient_domain, Optional(Eq("example.org")));
  EXPECT_THAT(log.failed[0].reply.text, HasSubstr("Relaying denied"));
  EXPECT_THAT(log.failed[0].reply.text, Not(HasSubstr("jane")));
}

}  // namespace
}  // namespace mxray::maillog
