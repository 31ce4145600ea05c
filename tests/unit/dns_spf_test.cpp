// SPDX-License-Identifier: Apache-2.0
// Is an SPF record judged as RFC 7208 has it?
#include "dns/spf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns/spf_record.h"
#include "dns_made_up.h"

namespace mxray::dns {
namespace {

using testing::HasSubstr;

constexpr const char* kDomain = "example.org";
constexpr const char* kAddress = "192.0.2.1";

// The result of one record, with nothing else in the DNS than `dns` has.
SpfVerdict judged(MadeUpDns dns, const std::string& record, const std::string& from = kAddress) {
  dns.txt(kDomain, record);
  return evaluate_spf(dns.lookup(), kDomain, address(from));
}

SpfResult result(const std::string& record, const std::string& from = kAddress) {
  return judged({}, record, from).result;
}

TEST(Spf, QualifierOfTheFirstTermThatMatchesDecides) {
  EXPECT_EQ(result("v=spf1 all"), SpfResult::kPass);
  EXPECT_EQ(result("v=spf1 +all -all"), SpfResult::kPass);
  EXPECT_EQ(result("v=spf1 -all"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 ~all"), SpfResult::kSoftFail);
  EXPECT_EQ(result("v=spf1 ?all"), SpfResult::kNeutral);
  EXPECT_EQ(result("V=SPF1 IP4:192.0.2.1 -ALL"), SpfResult::kPass);
}

TEST(Spf, WithoutAMatchTheResultIsNeutral) {
  EXPECT_EQ(result("v=spf1"), SpfResult::kNeutral);
  EXPECT_EQ(result("v=spf1 ip4:192.0.2.2"), SpfResult::kNeutral);
}

TEST(Spf, NetworksCoverTheirOwnFamilyOnly) {
  EXPECT_EQ(result("v=spf1 ip4:192.0.2.0/24 -all"), SpfResult::kPass);
  EXPECT_EQ(result("v=spf1 ip4:192.0.2.0/24 -all", "192.0.3.1"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 ip4:192.0.2.0/31 -all"), SpfResult::kPass);
  EXPECT_EQ(result("v=spf1 ip4:192.0.2.2/31 -all"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::1"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 ip6:2001:db8::/32 -all", "2001:db8:5::1"), SpfResult::kPass);
  EXPECT_EQ(result("v=spf1 ip6:2001:db8::/32 -all", "2001:db9::1"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 ip6:2001:db8::1 -all"), SpfResult::kFail);
}

TEST(Spf, AAndMxAskForAddressesOfTheSendersFamily) {
  MadeUpDns dns;
  dns.host(kDomain, kAddress)
      .host("mail.example.org", "192.0.2.9")
      .mx(kDomain, 10, "mail.example.org");
  dns.host("mail.example.org", "2001:db8::9");
  EXPECT_EQ(judged(dns, "v=spf1 a -all").result, SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 a -all", "192.0.2.7").result, SpfResult::kFail);
  EXPECT_EQ(judged(dns, "v=spf1 a/24 -all", "192.0.2.7").result, SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 mx -all", "192.0.2.9").result, SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 mx -all").result, SpfResult::kFail);
  EXPECT_EQ(judged(dns, "v=spf1 mx -all", "2001:db8::9").result, SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 a:mail.example.org/16//64 -all", "2001:db8::7").result,
            SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 a:mail.example.org//64 -all", "2001:db8:0:1::7").result,
            SpfResult::kFail);
}

TEST(Spf, IncludeMatchesOnlyIfTheOtherRecordPasses) {
  MadeUpDns dns;
  dns.txt("spf.example.net", "v=spf1 ip4:192.0.2.1 -all");
  EXPECT_EQ(judged(dns, "v=spf1 include:spf.example.net ~all").result, SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 -include:spf.example.net ~all").result, SpfResult::kFail);
  // A "-all" in there says only that this term does not match.
  EXPECT_EQ(judged(dns, "v=spf1 include:spf.example.net ~all", "192.0.2.2").result,
            SpfResult::kSoftFail);
  EXPECT_EQ(judged(dns, "v=spf1 include:nothing.example -all").result, SpfResult::kPermError);
}

TEST(Spf, RedirectReplacesTheRecordUnlessATermMatched) {
  MadeUpDns dns;
  dns.txt("spf.example.net", "v=spf1 ip4:192.0.2.1 -all");
  EXPECT_EQ(judged(dns, "v=spf1 redirect=spf.example.net").result, SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 redirect=spf.example.net", "192.0.2.2").result, SpfResult::kFail);
  EXPECT_EQ(judged(dns, "v=spf1 ?all redirect=spf.example.net").result, SpfResult::kNeutral);
  EXPECT_EQ(judged(dns, "v=spf1 redirect=nothing.example").result, SpfResult::kPermError);
}

TEST(Spf, ExistsAsksForAnARecordEvenOfAnIpv6Sender) {
  MadeUpDns dns;
  dns.host("yes.example.net", "127.0.0.2");
  EXPECT_EQ(judged(dns, "v=spf1 exists:yes.example.net -all", "2001:db8::1").result,
            SpfResult::kPass);
  EXPECT_EQ(judged(dns, "v=spf1 exists:no.example.net -all").result, SpfResult::kFail);
}

TEST(Spf, NoRecordIsNoneAndSeveralAreAPermanentError) {
  MadeUpDns dns;
  EXPECT_EQ(evaluate_spf(dns.lookup(), kDomain, address(kAddress)).result, SpfResult::kNone);
  dns.txt(kDomain, "v=spf10 -all").txt(kDomain, "google-site-verification=1");
  EXPECT_EQ(evaluate_spf(dns.lookup(), kDomain, address(kAddress)).result, SpfResult::kNone);
  dns.txt(kDomain, "v=spf1 all").txt(kDomain, "v=spf1 -all");
  const SpfVerdict verdict = evaluate_spf(dns.lookup(), kDomain, address(kAddress));
  EXPECT_EQ(verdict.result, SpfResult::kPermError);
  EXPECT_EQ(verdict.record_count, 2);
}

TEST(Spf, BrokenTermIsAPermanentErrorThatNamesIt) {
  for (const char* term :
       {"ipv4:192.0.2.1", "ip4:192.0.2", "ip4:192.0.2.1/33", "ip4:", "ip4", "ip4:2001:db8::1",
        "ip6:192.0.2.1", "ip6:2001:db8::/129", "include", "include:", "exists", "all:example.org",
        "a/33", "a//129", "mx/x", "-", "include:example.net/24", "redirect="}) {
    const SpfVerdict verdict = judged({}, std::string("v=spf1 ") + term + " all");
    EXPECT_EQ(verdict.result, SpfResult::kPermError) << term;
    EXPECT_THAT(verdict.reason, HasSubstr(std::string("'") + term + "'"));
  }
  EXPECT_EQ(result("v=spf1 redirect=a.example redirect=b.example"), SpfResult::kPermError);
}

TEST(Spf, UnknownModifierIsSkipped) {
  EXPECT_EQ(result("v=spf1 exp=why.example.org moo=cow:/x all"), SpfResult::kPass);
}

TEST(Spf, ElevenLookupsAreOneTooMany) {
  MadeUpDns dns;
  std::string record = "v=spf1";
  for (int i = 0; i < 10; ++i) {
    dns.host("h" + std::to_string(i) + ".example.net", "203.0.113.1");
    record += " a:h" + std::to_string(i) + ".example.net";
  }
  dns.host("h10.example.net", kAddress);
  EXPECT_EQ(judged(dns, record + " ~all").result, SpfResult::kSoftFail);
  const SpfVerdict verdict = judged(dns, record + " a:h10.example.net ~all");
  EXPECT_EQ(verdict.result, SpfResult::kPermError);
  EXPECT_THAT(verdict.reason, HasSubstr("more than 10 look-ups"));
}

TEST(Spf, RingOfIncludesEndsByTheLookupLimit) {
  MadeUpDns dns;
  dns.txt("b.example", "v=spf1 include:example.org -all");
  EXPECT_EQ(judged(dns, "v=spf1 include:b.example -all").result, SpfResult::kPermError);
  EXPECT_EQ(judged({}, "v=spf1 redirect=example.org").result, SpfResult::kPermError);
}

TEST(Spf, ThirdLookupInVainIsOneTooMany) {
  EXPECT_EQ(result("v=spf1 a:n1.example a:n2.example -all"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 a:n1.example mx:n2.example exists:n3.example -all"),
            SpfResult::kPermError);
}

TEST(Spf, MoreThanTenExchangersAreAPermanentError) {
  MadeUpDns dns;
  for (int i = 0; i < 11; ++i) dns.mx(kDomain, 10, "mx" + std::to_string(i) + ".example.org");
  EXPECT_EQ(judged(dns, "v=spf1 mx -all").result, SpfResult::kPermError);
}

TEST(Spf, SilentResolverIsATemporaryErrorWhereverItIsAsked) {
  MadeUpDns dns;
  dns.silent("slow.example.net", RecordType::kA).silent("slow.example.net", RecordType::kTxt);
  EXPECT_EQ(judged(dns, "v=spf1 a:slow.example.net -all").result, SpfResult::kTempError);
  EXPECT_EQ(judged(dns, "v=spf1 include:slow.example.net -all").result, SpfResult::kTempError);
  EXPECT_EQ(judged(dns, "v=spf1 redirect=slow.example.net").result, SpfResult::kTempError);
  // What matched before is not shaken by it.
  EXPECT_EQ(judged(dns, "v=spf1 ip4:192.0.2.1 a:slow.example.net -all").result, SpfResult::kPass);
  MadeUpDns silent;
  silent.silent(kDomain, RecordType::kTxt);
  EXPECT_EQ(evaluate_spf(silent.lookup(), kDomain, address(kAddress)).result,
            SpfResult::kTempError);
}

TEST(Spf, MacrosAndPtrAreNotEvaluatedWhereTheyCouldDecide) {
  for (const char* term : {"exists:%{i}._spf.example.org", "ptr", "ptr:example.org",
                           "include:%{d}.example.net", "a:%{h}"}) {
    const SpfVerdict verdict = judged({}, std::string("v=spf1 ") + term + " -all");
    EXPECT_EQ(verdict.result, SpfResult::kNotEvaluated) << term;
    EXPECT_THAT(verdict.reason, HasSubstr(term));
  }
  EXPECT_EQ(result("v=spf1 redirect=%{d}.example.net"), SpfResult::kNotEvaluated);
}

TEST(Spf, TermThatIsNotEvaluatedDecidesNothingWhereTheResultIsTheSame) {
  EXPECT_EQ(result("v=spf1 ptr ip4:192.0.2.1 -all"), SpfResult::kPass);
  EXPECT_EQ(result("v=spf1 -exists:%{i}.bad.example -all"), SpfResult::kFail);
  EXPECT_EQ(result("v=spf1 -exists:%{i}.bad.example ip4:192.0.2.1 ~all"), SpfResult::kNotEvaluated);
}

TEST(Spf, OfAnIncludedRecordTheUnknownTermIsNamed) {
  MadeUpDns dns;
  dns.txt("spf.example.net", "v=spf1 exists:%{i}.example.net -all");
  const SpfVerdict verdict = judged(dns, "v=spf1 include:spf.example.net -all");
  EXPECT_EQ(verdict.result, SpfResult::kNotEvaluated);
  EXPECT_THAT(verdict.reason, HasSubstr("exists:%{i}.example.net"));
}

}  // namespace
}  // namespace mxray::dns
