// SPDX-License-Identifier: Apache-2.0
// Is the reply in the log the one that was seen, however the log wrote it down?
#include <gtest/gtest.h>

#include "maillog/agreement.h"

namespace mxray::maillog {
namespace {

struct Case {
  const char* name;
  Reply logged;
  bool permanent;
  int seen_code;
  const char* seen_text;
  Agreement expected;
};

class AgreementOf : public testing::TestWithParam<Case> {};

TEST_P(AgreementOf, IsAsExpected) {
  const Case& c = GetParam();
  EXPECT_EQ(agreement(c.logged, c.permanent, c.seen_code, c.seen_text), c.expected) << c.name;
}

const Case kCases[] = {
    {"the same", {500, {}, "error"}, true, 500, "500 error", Agreement::kText},
    {"another code", {550, {}, "error"}, true, 500, "500 error", Agreement::kNone},
    {"another text", {500, {}, "bad command"}, true, 500, "500 error", Agreement::kNone},
    {"other case and marks", {500, {}, "Error!"}, true, 500, "500 error", Agreement::kText},
    {"the log has spaces as underscores",
     {550, {}, "no_such_user"},
     true,
     550,
     "550 no such user",
     Agreement::kText},
    {"the log joined the lines",
     {550, "5.7.1", "Blocked 550-5.7.1 by list 550 5.7.1 see page"},
     true,
     550,
     "550-5.7.1 Blocked / 550-5.7.1 by list / 550 5.7.1 see page",
     Agreement::kText},
    {"the wire shows the first line only",
     {550, "5.7.1", "Blocked by list see page"},
     true,
     550,
     "550-5.7.1 Blocked",
     Agreement::kText},
    {"the log was cut in a word",
     {550, {}, "Recipient address reje..."},
     true,
     550,
     "550 Recipient address rejected: no",
     Agreement::kText},
    {"the log has an enhanced code more",
     {550, "5.1.1", "User unknown"},
     true,
     550,
     "550 User unknown",
     Agreement::kText},
    {"mailbox names are taken out on both sides",
     {550, {}, "<...@example.com>: User unknown"},
     true,
     550,
     "550 5.1.1 <...@example.com>: User unknown",
     Agreement::kText},
    {"the log has a part in the middle",
     {550, {}, "not accept mail from you"},
     true,
     550,
     "550 We do not accept mail from you today",
     Agreement::kText},
    {"one common word is none",
     {550, {}, "mail"},
     true,
     550,
     "550 We take no mail",
     Agreement::kNone},
    {"the code alone", {550, {}, ""}, true, 550, "550 anything", Agreement::kCode},
    {"neither code nor text, a bounce", {{}, "5.1.1", ""}, true, 550, "550 x", Agreement::kClass},
    {"neither code nor text, a deferral", {{}, {}, ""}, false, 550, "550 x", Agreement::kNone},
    {"text without a code",
     {{}, {}, "relay not permitted"},
     true,
     550,
     "550 relay not permitted",
     Agreement::kText},
    {"text that was not seen", {{}, {}, "relay not permitted"}, true, 550, "", Agreement::kNone},
    {"nothing was seen", {550, {}, "x"}, true, 0, "", Agreement::kNone},
};

INSTANTIATE_TEST_SUITE_P(Agreement, AgreementOf, testing::ValuesIn(kCases));

TEST(SameDomain, IsKnownOnlyWhereBothAre) {
  EXPECT_EQ(same_domain("example.com", "Example.COM"), true);
  EXPECT_EQ(same_domain("example.com", "example.org"), false);
  EXPECT_EQ(same_domain(std::nullopt, "example.org"), std::nullopt);
  EXPECT_EQ(same_domain("", "example.org"), std::nullopt);
}

}  // namespace
}  // namespace mxray::maillog
