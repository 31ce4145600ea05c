// SPDX-License-Identifier: Apache-2.0
// Is every mailbox name cut out of a reply, and does what is none stay?
#include "base/mailbox_names.h"

#include <gmock/gmock.h>

#include <string>

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kMark = "annaq";

// What servers write, with the mark where the mailbox stands.
const char* const kNaming[] = {
    "550 5.1.1 <annaq@example.org>: Recipient address rejected: User unknown",
    "550 5.1.1 <annaq> unknown",
    "550 5.1.1 < annaq > unknown",
    "550 5.1.1 <annaq.b> unknown",
    "550 5.1.1 <annaq",
    "550 5.1.1 <annaq <b@example.org>",
    "550 5.1.1 <annaq[192.0.2.1]> unknown",
    "550 <\"annaq b\"@example.org> unknown",
    "550 b annaq\"@example.org",
    "550 annaq @example.org unknown",
    "550 annaq @ example.org unknown",
    "550 a+annaq@x and annaq@y unknown",
    "550 5.1.1 @relay.example.org:annaq@example.org",
    "550 prvs=123=annaq@example.org SRS0=a=b=c=annaq@example.net",
    "550 annaq%example.org@relay.example.net",
    "550 5.7.23 see http://www.openspf.org/Why?s=mfrom;id=annaq%40example.org;ip=192.0.2.1",
    "550 see https://example.org/why?s=helo&id=annaq@example.org",
    "550 see https://example.org/why?user=annaq&ip=192.0.2.1",
    "550 example!annaq unknown",
    "550 Unknown: relay!example!annaq.",
    "550 5.7.25 no reverse DNS; mailbox annaq unknown",
    "550 5.7.25 no reverse DNS; mailbox `annaq' unknown",
    "550 no reverse DNS; 'annaq' at example.org",
    "550 unknown local-part \"annaq\" in domain \"example.org\"",
    "550 \"annaq two\" is unknown",
    "550 \"two annaq\" is unknown",
    "550 unknown user: annaq",
    "550 unknown user: \"annaq\"",
    "550 User annaq is over quota",
    "550 Recipient annaq not found",
    "550 No such user (annaq)",
    "550 no such user: annaq.b",
    "550 account name annaq disabled",
    "550 mailbox for user annaq is full",
    "550 5.1.1 annaq... User unknown",
    "250 2.1.5 annaq... Recipient ok",
    "250 2.1.5 annaq Ok",
    "250 recipient annaq ok",
    "550 5.1.1 annaq inconnu",
    "550 annaq unknown",
    "550-5.2.1 annaq is disabled / 550 5.2.1 for good",
    "550-5.2.1 disabled: mailbox / 550-5.2.1 annaq for good",
    "535 login annaq failed",
    "<annaq@example.org>: host mx.example.org[192.0.2.1] said: 550 no (in reply to RCPT TO)",
    "annaq unknown",
};

class Naming : public testing::TestWithParam<const char*> {};

TEST_P(Naming, LosesItsMailbox) {
  const std::string_view text = GetParam();
  EXPECT_THAT(without_mailboxes(text), Not(HasSubstr(std::string(kMark))));
  std::string shouted(text);
  for (std::size_t at = 0; (at = shouted.find(kMark, at)) != std::string::npos;) {
    shouted.replace(at, kMark.size(), "Q9.X-Y");
  }
  EXPECT_THAT(without_mailboxes(shouted), Not(HasSubstr("Q9"))) << shouted;
}

TEST_P(Naming, LosesItsMailboxWhereverItIsCutOff) {
  const std::string_view text = GetParam();
  const std::size_t mark = text.find(kMark);
  for (std::size_t length = mark + 2; length < text.size(); ++length) {
    EXPECT_THAT(without_mailboxes(text.substr(0, length), true), Not(HasSubstr("nna"))) << length;
  }
}

INSTANTIATE_TEST_SUITE_P(MailboxNames, Naming, testing::ValuesIn(kNaming));

const char* const kHarmless[] = {
    "500 error",
    "551 User not local; please try <forward-path>",
    "354 End data with <CR><LF>.<CR><LF>",
    "550 5.1.1 <...@example.org>: Recipient address rejected: User unknown",
    "220 mx.example.org ESMTP Postfix",
    "220 5a-p07-b3.data-hotel.net ESMTP",
    "250-mx.example.org / 250-AUTH LOGIN PLAIN XFOO / 250-XBAR / 250 8BITMIME",
    "450 4.7.25 Client host rejected: cannot find your reverse hostname, [192.0.2.1]",
    "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied",
    "554 5.7.1 <mx.example.org[192.0.2.1]>: Client host rejected: Access denied",
    "450 4.7.1 <mail.example.org>: Helo command rejected: Host not found",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; "
    "https://www.spamhaus.org/query/ip/192.0.2.1",
    "550 5.7.1 see http://www.open-spf.org/Why?s=helo;id=example.org;ip=192.0.2.1;r=mx",
    "550-5.7.25 [192.0.2.1] The IP address sending this message does not have a PTR / "
    "550-5.7.25 record setup",
    "550 sorry, no mailbox here by that name (#5.1.1)",
    "550 \"No such user here\"",
    "550 5.7.1 <>: Sender address rejected",
    "550 5.7.1 see <https://example.org/help>",
    "500 5.5.1 command unrecognized: \"XXXXXXXX\"",
    "550 relay not permitted!",
    "450 load 5 < 6",
    "@ alone",
    "550",
    "550 ",
    "",
};

class Harmless : public testing::TestWithParam<const char*> {};

TEST_P(Harmless, StaysAsItIs) { EXPECT_EQ(without_mailboxes(GetParam()), GetParam()); }

INSTANTIATE_TEST_SUITE_P(MailboxNames, Harmless, testing::ValuesIn(kHarmless));

TEST(MailboxNames, LeaveTheirDomain) {
  EXPECT_EQ(without_mailboxes("550 5.1.1 <anna.b@exam"), "550 5.1.1 <...@exam");
  EXPECT_EQ(without_mailboxes("550 <\"anna b\"@example.org>"), "550 <...@example.org>");
  EXPECT_EQ(without_mailboxes("550 no id=a%40example.org;ip=192.0.2.1"),
            "550 no ...%40example.org;ip=192.0.2.1");
}

TEST(MailboxNames, LastWordGoesWhereTheTextIsCutOff) {
  EXPECT_EQ(without_mailboxes("550 no mail for ann", true), "550 no mail for ...");
  EXPECT_EQ(without_mailboxes("500 error", true), "500 error");
}

TEST(OrdinaryWords, AreAllThatStays) {
  EXPECT_EQ(ordinary_words("+OK anna q has 2 messages"), "+OK ... has 2 messages");
  EXPECT_EQ(ordinary_words("+OK POP3 mail.example.org server ready"),
            "+OK POP3 mail.example.org server ready");
  EXPECT_EQ(ordinary_words("-ERR [AUTH] no such user"), "-ERR [AUTH] no such user");
  EXPECT_EQ(ordinary_words("+OK 123456789 has mail"), "+OK ... has mail");
}

// Quadratic time would be minutes here.
TEST(MailboxNames, AreCutInLinearTime) {
  for (const char* piece : {"@", "a@", "\"@", "<", "<a", "%40", "a!", "'", "\" ", " ", "user ",
                            "a...", "...", "?user=", "a b\"@", "(", "!"}) {
    std::string text;
    while (text.size() < 300'000) text += piece;
    EXPECT_LE(without_mailboxes(text, true).size(), 4 * text.size()) << piece;
    EXPECT_LE(ordinary_words(text).size(), 4 * text.size()) << piece;
  }
}

}  // namespace
}  // namespace mxray::test
