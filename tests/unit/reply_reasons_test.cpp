// SPDX-License-Identifier: Apache-2.0
// Is it known why a server refuses, from its own words?
#include "analysis/reply_reasons.h"

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

#include "base/mailbox_names.h"
#include "base/text.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;

struct Sample {
  std::string server;
  std::string reason;
  std::string text;  // as it is shown: what a Refusal holds
};

std::string shown(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) {
    text.replace(at, 2, "\r\n");
  }
  return without_mailboxes(sanitize(text, 512));
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  std::ifstream file(MXRAY_REPLY_TEXTS);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
    all.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1),
                   shown(line.substr(second + 1))});
  }
  return all;
}

TEST(BuiltInTable, KnowsTheRepliesOfRealServers) {
  const ReasonTable table = ReasonTable::built_in();
  const auto all = samples();
  ASSERT_GT(all.size(), 250U);
  for (const Sample& sample : all) {
    EXPECT_EQ(name_of(table.reason_of(sample.text).reason), sample.reason)
        << sample.server << ": " << sample.text;
  }
}

TEST(BuiltInTable, TakesAnMxThatIsAnAddressForNoLackOfReverseDns) {
  const ReasonTable table = ReasonTable::built_in();
  const RefusalReason reason = table.reason_of(
      "550-Verification failed for <> / 550-It appears that the DNS operator for AOL.com / "
      "550-has installed an invalid MX record with an IP address / 550-instead of a domain name on "
      "the right hand side. / 550 Sender verify failed");
  EXPECT_EQ(reason.reason, Reason::kSenderVerify);
}

Basis basis_of(std::string_view text) { return ReasonTable::built_in().reason_of(text).basis; }

TEST(Basis, IsBothWhereCodeAndTextAgree) {
  EXPECT_EQ(basis_of("550 5.7.25 the sending IP has no PTR record"), Basis::kCodeAndText);
  EXPECT_EQ(basis_of("550 5.1.1 no such user"), Basis::kCodeAndText);
  EXPECT_EQ(basis_of("550 sorry, no mailbox here by that name (#5.1.1)"), Basis::kCodeAndText);
}

TEST(Basis, IsTheTextWhereTheCodeSaysNothingOrSomethingElse) {
  EXPECT_EQ(basis_of("550 no PTR record"), Basis::kText);
  EXPECT_EQ(basis_of("550 5.1.1 your address has no PTR record"), Basis::kText);
}

TEST(Basis, IsTheCodeWhereNoRuleKnowsTheText) {
  EXPECT_EQ(basis_of("550 5.7.25 abgelehnt"), Basis::kCode);
  EXPECT_EQ(basis_of("550 abgelehnt"), Basis::kNothing);
}

TEST(Table, TakesARuleThatSomebodyAdds) {
  const auto table =
      ReasonTable::parse("blocklisted 5xx * geblockt .. von liste|bestand  # German\n", "mine.txt");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->reason_of("550 Geblockt, weil von Liste X").reason, Reason::kBlocklisted);
  EXPECT_EQ(table->reason_of("450 Geblockt, weil von Liste X").reason, Reason::kOther);
  EXPECT_EQ(table->reason_of("550 von Liste X geblockt").reason, Reason::kOther) << "wrong order";
}

TEST(Table, TakesTheFirstRuleThatFits) {
  const auto table = ReasonTable::parse("helo * * no name\npolicy * * no *ame\n", "mine.txt");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->reason_of("550 no name").reason, Reason::kHelo);
  EXPECT_EQ(table->reason_of("550 no fame").reason, Reason::kPolicy);
}

TEST(Table, ReadsNoHostNameAsWords) {
  const auto table = ReasonTable::parse("reverse_dns * * ptr\n", "mine.txt");
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->reason_of("550 need a PTR.").reason, Reason::kReverseDns);
  EXPECT_EQ(table->reason_of("550 ptr.example.org says no").reason, Reason::kOther);
  EXPECT_EQ(table->reason_of("550 <ptr> says no").reason, Reason::kOther);
  EXPECT_EQ(table->reason_of("550 a <broken PTR").reason, Reason::kReverseDns);
}

TEST(Table, NamesTheLineAndTheRemedyOfAMistake) {
  const auto message = [](std::string_view lines) {
    const auto table = ReasonTable::parse(lines, "mine.txt");
    return table ? std::string("no error") : table.error().message;
  };
  EXPECT_EQ(message("# fine\n\nrdns 550 * no ptr\n"),
            "mine.txt:3: 'rdns' is no reason; write one of reverse_dns, helo, sender_verify, "
            "auth_required, too_many_attempts, user_unknown, greylisted, blocklisted, policy, "
            "other");
  EXPECT_THAT(message("helo 55 * x\n"), HasSubstr("mine.txt:1: '55' is no reply code"));
  EXPECT_THAT(message("helo 550 5.7 x\n"), HasSubstr("'5.7' is no enhanced code"));
  EXPECT_THAT(message("helo 550 *\n"), HasSubstr("a rule has four parts"));
  EXPECT_THAT(message("helo 550 * a * b\n"), HasSubstr("cannot be * alone"));
  EXPECT_THAT(message("helo 550 * a ..\n"), HasSubstr("both sides of .."));
  EXPECT_THAT(message("helo 550 * a | b\n"), HasSubstr("not alone"));
  EXPECT_THAT(message("helo 550 \x1b[2J b\n"), HasSubstr("'\\x1b[2J' is no enhanced code"));
  EXPECT_THAT(message("# nothing\n"), HasSubstr("there is no rule in it"));
}

// So what a hostile server can make it cost is bounded.
TEST(Table, ReadsNoFurtherThanItMust) {
  const ReasonTable table = ReasonTable::built_in();
  for (const std::string_view piece : {"<", ">", "reverse ", "a.", "no ", "/ 550-", "@", "'"}) {
    std::string text = "550 no such user ";
    while (text.size() < 200'000) text += piece;
    EXPECT_EQ(table.reason_of(text).reason, table.reason_of(text.substr(0, 4096)).reason) << piece;
  }
  const auto behind = [&table](std::size_t noise) {
    return table.reason_of("550 " + std::string(noise, '-') + " no such user").reason;
  };
  EXPECT_EQ(behind(4000), Reason::kUserUnknown);
  EXPECT_NE(behind(4096), Reason::kUserUnknown);
}

}  // namespace
}  // namespace mxray::test
