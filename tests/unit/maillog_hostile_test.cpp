// SPDX-License-Identifier: Apache-2.0
// Do broken, foreign and hostile lines cost no more than themselves?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "maillog_logs.h"
#include "maillog_read.h"

namespace mxray::maillog {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kBounce =
    "May 10 13:39:34 mx postfix/smtp[1]: A1: to=<b@example.com>, relay=mx.example.com[203.0.113.7]"
    ":25, dsn=5.0.0, status=bounced (host mx.example.com[203.0.113.7] said: 500 error (in reply to "
    "RCPT TO command))\n";

TEST(HostileLog, BadLinesAreCountedAndTheRestIsRead) {
  const ReadLog log = read_log(std::string("no stamp at all\n") + kBounce +
                               "May 10 13:39:34\n"
                               "May 99 13:39:34 mx postfix/smtp[1]: x\n"
                               "\x01\x02\xff\xfe\n\n" +
                               kBounce);
  EXPECT_EQ(log.failed.size(), 2U);
  EXPECT_EQ(log.counts.lines, 7U);
  EXPECT_EQ(log.counts.not_understood, 4U);
}

TEST(HostileLog, LineEndsOfWindowsAndPrioritiesOfTheNetworkAreTakenOff) {
  std::string text = "<22>" + std::string(kBounce);
  text.insert(text.size() - 1, "\r");
  const ReadLog log = read_log(text);
  ASSERT_EQ(log.failed.size(), 1U);
  EXPECT_EQ(log.failed[0].reply.text, "error");
}

TEST(HostileLog, NoMailboxNameAndNoControlCharacterComesOut) {
  const ReadLog log = read_log(
      "May 10 13:39:34 mx postfix/smtp[1]: A\x1b[31m1: to=<victim.name@example.com>, relay=m\x1b[2J"
      "x[203.0.113.7]:25, dsn=5.1.1, status=bounced (host m\x07x[203.0.113.7] said: 550 \x1b]0;x"
      "\x07 victim.name@example.com \"victim.name\"@example.com unknown (in reply to RCPT TO "
      "command))\n"
      "2010-05-10 13:39:34 1OBLLi-0001cY-Ip ** victim.name@example.com R=r T=t: Unrouteable "
      "victim.name@example.com\n"
      "1159253183.972578 delivery 7: failure: victim.name@example.com_is_unknown/\n");
  ASSERT_EQ(log.failed.size(), 3U);
  for (const FailedDelivery& failed : log.failed) {
    const std::string all = failed.id + failed.reply.text + failed.remote_name.value_or("") +
                            failed.sender_domain.value_or("") +
                            failed.recipient_domain.value_or("") + failed.helo.value_or("");
    EXPECT_THAT(all, Not(HasSubstr("victim"))) << all;
    EXPECT_THAT(all, Each(testing::AllOf(testing::Ge(' '), testing::Le('~')))) << all;
  }
}

TEST(HostileLog, AVeryLongLineIsReadAsFarAsItMatters) {
  std::string line = kBounce;
  line.insert(line.find("error"), std::string(64U << 10U, 'x'));
  const ReadLog log = read_log(line + kBounce);
  ASSERT_EQ(log.failed.size(), 2U);
  EXPECT_LE(log.failed[0].reply.text.size(), 512U);
}

TEST(HostileLog, AQuoteThatNeverClosesSwallowsNoMoreThanItsBound) {
  std::string text =
      "2019-01-02T03:04:05.000Z,c,S1,0,192.0.2.1:25,203.0.113.7:4001,>,\"550 never\n";
  for (int i = 0; i < 2000; ++i) text += "an innocent line of forty characters....\n";
  const ReadLog log = read_log(text + kBounce);
  EXPECT_EQ(log.failed.size(), 1U);
  EXPECT_GT(log.counts.not_understood, 100U);
}

TEST(HostileLog, AForcedFormatTakesNoOther) {
  const ReadLog as_qmail = read_log(kBounce, {.format = LogFormat::kQmail});
  EXPECT_TRUE(as_qmail.failed.empty());
  const ReadLog as_exim = read_log(logs::kExchangeBehindProxy, {.format = LogFormat::kExim});
  EXPECT_EQ(as_exim.counts.not_understood, as_exim.counts.lines);
  // A name that syslog was given by hand tells nothing; --format does.
  std::string renamed = kBounce;
  renamed.replace(renamed.find("postfix/smtp"), 12, "outbound");
  EXPECT_TRUE(read_log(renamed).failed.empty());
}

TEST(HostileLog, EveryCutOfEveryLogIsReadWithoutHarm) {
  for (const std::string& whole : {std::string(kBounce), std::string(logs::kExchangeBehindProxy),
                                   std::string(logs::kMdaemonIn), std::string(logs::kMdaemonOut)}) {
    for (std::size_t length = 0; length < whole.size(); length += 7) {
      const ReadLog log = read_log(std::string_view(whole).substr(0, length));
      EXPECT_LE(log.failed.size(), 2U);
    }
  }
}

TEST(HostileLog, RandomChangesAreReadWithoutHarm) {
  std::mt19937 random(7);  // any, but the same every time
  const std::string whole = std::string(kBounce) + logs::kMdaemonOut + logs::kExchangeBehindProxy +
                            "@400000004518cc14395f2d94 delivery 31: deferral: x_/\n"
                            "2010-05-10 13:39:34 1OBLLi-0001cY-Ip ** b@e.com R=r T=t: x: 550 y\n"
                            "Apr 19 10:19:09 mx sendmail[1]: k1: to=<b@e.com>, mailer=esmtp, "
                            "relay=m. [203.0.113.7], dsn=5.0.0, stat=Service unavailable\n";
  for (int round = 0; round < 2000; ++round) {
    std::string text = whole;
    for (int change = 0; change < 20; ++change) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    const ReadLog log = read_log(text);
    for (const FailedDelivery& failed : log.failed) {
      EXPECT_THAT(failed.reply.text, Each(testing::AllOf(testing::Ge(' '), testing::Le('~'))));
    }
  }
}

TEST(HostileLog, AMillionLinesTakeBoundedMemoryAndNoneIsLost) {
  const auto zone = TimeZone::named("UTC");
  std::uint64_t failed = 0;
  MailLog log("mail.log", *zone, {.first_year = 2010}, std::nullopt,
              [&](const FailedDelivery&) { ++failed; });
  for (int i = 0; i < 1'000'000; ++i) {
    const std::string id = std::to_string(i);
    if (i % 10 == 0) {
      log.read_line("May 10 13:39:34 mx postfix/smtp[1]: " + id + ": to=<b@example.com>, " +
                    "relay=mx.example.com[203.0.113.7]:25, dsn=5.0.0, status=bounced (host "
                    "mx.example.com[203.0.113.7] said: 500 error (in reply to RCPT TO command))");
    } else {
      log.read_line("May 10 13:39:34 mx postfix/qmgr[1]: " + id + ": from=<a@example.org>, size=1");
    }
  }
  log.finish();
  EXPECT_EQ(failed, 100'000U);
  EXPECT_EQ(log.counts().lines, 1'000'000U);
  EXPECT_EQ(log.counts().not_understood, 0U);
}

}  // namespace
}  // namespace mxray::maillog
