// SPDX-License-Identifier: Apache-2.0
// Are MX and SPF of the sender's domain judged by what was answered?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns_report.h"

namespace mxray::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A server without fault whose domain has nothing but this SPF record.
MadeUpDns dns_with_spf(const std::string& record) {
  MadeUpDns dns;
  dns.ptr(kSender, "mail.example.org").host("mail.example.org", kSender);
  if (!record.empty()) dns.txt("example.org", record);
  return dns;
}
MadeUpDns dns_without_mx() { return dns_with_spf("v=spf1 ip4:192.0.2.1 -all"); }

TEST(JudgeMx, AddressInItsPlaceIsTheFault) {
  for (const char* host : {"192.0.2.1", "2001:db8::1"}) {
    MadeUpDns dns = dns_without_mx();
    dns.mx("example.org", 5, host);
    const Report report = report_of(dns);
    ASSERT_THAT(codes(report), ElementsAre("mx_is_address")) << host;
    EXPECT_EQ(report.findings[0].severity, Severity::kError);
    EXPECT_EQ(report.findings[0].owner, Owner::kDomainDns);
    EXPECT_THAT(report.findings[0].seen, HasSubstr("invalid MX record with an IP address"));
    EXPECT_THAT(report.findings[0].remove,
                ElementsAre(std::string("example.org. IN MX 5 ") + host + "."));
    EXPECT_EQ(report.findings[0].add[0].substr(0, 20), "example.org. IN MX 5");
  }
}

TEST(JudgeMx, AddressOfTheServerItselfIsReplacedByItsName) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 5, kSender);
  EXPECT_THAT(finding(report_of(dns), "mx_is_address").add,
              ElementsAre("example.org. IN MX 5 mail.example.org."));
}

TEST(JudgeMx, AddressOfAnotherHostGetsANameAndItsRecord) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 5, "203.0.113.7");
  EXPECT_THAT(
      finding(report_of(dns), "mx_is_address").add,
      ElementsAre("example.org. IN MX 5 mail.example.org.", "mail.example.org. IN A 203.0.113.7"));
}

TEST(JudgeMx, AliasIsReplacedByWhereItLeads) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 10, "mx.example.org").alias("mx.example.org", "mail.example.org");
  const Report report = report_of(dns);
  ASSERT_THAT(codes(report), ElementsAre("mx_is_alias"));
  EXPECT_THAT(report.findings[0].add, ElementsAre("example.org. IN MX 10 mail.example.org."));
  EXPECT_THAT(report.findings[0].remove, ElementsAre("example.org. IN MX 10 mx.example.org."));
}

TEST(JudgeMx, HostWithoutAddressIsTheFault) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 10, "mx.example.org");
  EXPECT_THAT(codes(report_of(dns)), ElementsAre("mx_does_not_resolve"));
}

TEST(JudgeMx, HostWithAnIpv6AddressOnlyIsRight) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 10, "mx.example.org").host("mx.example.org", "2001:db8::25");
  EXPECT_THAT(codes(report_of(dns)), IsEmpty());
}

TEST(JudgeMx, HostWhoseAddressIsHalfAnsweredIsUnknown) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 10, "mx.example.org").silent("mx.example.org", RecordType::kA);
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), IsEmpty());
  EXPECT_THAT(report.unanswered, SizeIs(1));
}

TEST(JudgeMx, NullMxOfADomainThatSendsIsTheFault) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 0, "");
  const Report report = report_of(dns);
  ASSERT_THAT(codes(report), ElementsAre("mx_null"));
  EXPECT_THAT(report.findings[0].remove, ElementsAre("example.org. IN MX 0 ."));
}

TEST(JudgeMx, MissingOneIsWorseWithoutAnAddressToFallBackOn) {
  const Report without = report_of(dns_without_mx());
  ASSERT_THAT(codes(without), ElementsAre("mx_missing"));
  EXPECT_EQ(without.findings[0].severity, Severity::kError);
  MadeUpDns dns = dns_without_mx();
  dns.host("example.org", "192.0.2.80");
  const Report with = report_of(dns);
  ASSERT_THAT(codes(with), ElementsAre("mx_missing"));
  EXPECT_EQ(with.findings[0].severity, Severity::kWarning);
}

TEST(JudgeMx, DomainItselfAsHostIsAHint) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 10, "example.org").host("example.org", kSender);
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), ElementsAre("mx_is_domain"));
  EXPECT_FALSE(report.has_faults());
}

TEST(JudgeMx, EachOfSeveralIsJudged) {
  MadeUpDns dns = dns_without_mx();
  dns.mx("example.org", 10, "mail.example.org").mx("example.org", 20, "203.0.113.7");
  dns.mx("example.org", 30, "backup_mx.example.net");
  EXPECT_THAT(codes(report_of(dns)), ElementsAre("mx_is_address", "mx_no_host_name"));
}

TEST(JudgeMx, DomainThatDoesNotExistIsOneFault) {
  Subject subject = sender();
  subject.domains = {"nothing.example"};
  EXPECT_THAT(codes(report_of(right_dns(), subject)), ElementsAre("domain_does_not_exist"));
}

TEST(JudgeMx, SenderDomainThatIsNoneIsNotAskedFor) {
  const MadeUpDns dns = right_dns();
  Subject subject = sender();
  subject.domains = {"localhost"};
  EXPECT_THAT(codes(report_of(dns, subject)), ElementsAre("domain_not_qualified"));
  for (const std::string& question : dns.questions())
    EXPECT_THAT(question, Not(HasSubstr("localhost")));
}

TEST(JudgeMx, SilentResolverIsNoMissingMx) {
  MadeUpDns dns = right_dns();
  dns.silent("example.org", RecordType::kMx);
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), IsEmpty());
  EXPECT_EQ(report.unanswered[0].question, "MX of example.org");
}

class JudgeSpf : public testing::Test {
 protected:
  // The report on a domain without fault but in its SPF record, if it has one.
  static Report report_with(const std::string& record) {
    MadeUpDns dns = dns_with_spf(record);
    dns.mx("example.org", 10, "mail.example.org");
    return report_of(dns);
  }
};

TEST_F(JudgeSpf, MissingRecordIsAWarningWithOneToAdd) {
  const Report report = report_with("");
  ASSERT_THAT(codes(report), ElementsAre("spf_missing"));
  EXPECT_EQ(report.findings[0].severity, Severity::kWarning);
  EXPECT_THAT(report.findings[0].add,
              ElementsAre("example.org. IN TXT \"v=spf1 ip4:192.0.2.1 ~all\""));
}

TEST_F(JudgeSpf, RecordThatDoesNotCoverTheAddressIsExtended) {
  for (const char* all : {"-all", "~all"}) {
    const Report report = report_with(std::string("v=spf1 ip4:203.0.113.7 ") + all);
    ASSERT_THAT(codes(report), ElementsAre("spf_does_not_cover")) << all;
    EXPECT_EQ(report.findings[0].severity, Severity::kError);
    EXPECT_THAT(
        report.findings[0].add,
        ElementsAre(std::string("example.org. IN TXT \"v=spf1 ip4:192.0.2.1 ip4:203.0.113.7 ") +
                    all + "\""));
    EXPECT_THAT(
        report.findings[0].remove,
        ElementsAre(std::string("example.org. IN TXT \"v=spf1 ip4:203.0.113.7 ") + all + "\""));
  }
  EXPECT_EQ(report_with("v=spf1 ?all").findings[0].severity, Severity::kWarning);
}

TEST_F(JudgeSpf, WrongRecordIsNamedWithItsTerm) {
  const Report report = report_with("v=spf1 ipv4:192.0.2.1 -all");
  ASSERT_THAT(codes(report), ElementsAre("spf_permerror"));
  EXPECT_THAT(report.findings[0].seen, HasSubstr("'ipv4:192.0.2.1'"));
}

TEST_F(JudgeSpf, TemporaryErrorIsUnknownAndNoFault) {
  MadeUpDns dns = dns_with_spf("v=spf1 include:slow.example.net -all");
  dns.mx("example.org", 10, "mail.example.org").silent("slow.example.net", RecordType::kTxt);
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), IsEmpty());
  ASSERT_THAT(report.unanswered, SizeIs(1));
  EXPECT_EQ(report.unanswered[0].question, "SPF of example.org");
}

TEST_F(JudgeSpf, WhatIsNotEvaluatedIsAHint) {
  const Report report = report_with("v=spf1 exists:%{i}._spf.example.org -all");
  EXPECT_THAT(codes(report), ElementsAre("spf_not_evaluated"));
  EXPECT_FALSE(report.has_faults());
}

TEST_F(JudgeSpf, RecordToAddNamesAllAddressesThatSendForTheDomain) {
  MadeUpDns dns = dns_with_spf("");
  dns.mx("example.org", 10, "mail.example.org").txt("other.example", "v=spf1 -all");
  std::vector<Facts> facts;
  for (const char* text : {"192.0.2.1", "2001:db8::1", "192.0.2.1"}) {
    facts.push_back(
        collect(dns.lookup(), {.address = address(text), .helo = "", .domains = {"example.org"}}));
  }
  facts.push_back(collect(
      dns.lookup(), {.address = address("192.0.2.9"), .helo = "", .domains = {"other.example"}}));
  const Report report = judge(facts.front(), facts);
  EXPECT_THAT(finding(report, "spf_missing").add,
              ElementsAre("example.org. IN TXT \"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all\""));
}

}  // namespace
}  // namespace mxray::dns
