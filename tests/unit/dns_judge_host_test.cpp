// SPDX-License-Identifier: Apache-2.0
// Are PTR and HELO name judged by what was answered, and by nothing else?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dns_report.h"

namespace mxray::dns {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// The right set-up but for its PTR record.
MadeUpDns dns_without_ptr() {
  MadeUpDns dns;
  dns.host("mail.example.org", kSender).mx("example.org", 10, "mail.example.org");
  dns.txt("example.org", "v=spf1 mx -all");
  return dns;
}

TEST(JudgePtr, RightSetUpHasNoFindingAndSaysWhatIsRight) {
  const Report report = report_of(right_dns());
  EXPECT_THAT(codes(report), IsEmpty());
  EXPECT_THAT(report.unanswered, IsEmpty());
  EXPECT_THAT(report.not_checked, IsEmpty());
  EXPECT_THAT(report.right, SizeIs(4));
  EXPECT_FALSE(report.has_faults());
}

TEST(JudgePtr, Ipv6IsJudgedByItsOwnRecords) {
  constexpr const char* kSix = "2001:db8::1";
  MadeUpDns dns = right_dns();
  dns.ptr(kSix, "mail.example.org").host("mail.example.org", kSix);
  Subject subject = sender();
  subject.address = address(kSix);
  EXPECT_THAT(codes(report_of(dns, subject)), IsEmpty());
  // The name leads to the IPv4 address only.
  MadeUpDns half = right_dns();
  half.ptr(kSix, "mail.example.org");
  const Report report = report_of(half, subject);
  EXPECT_THAT(codes(report), ElementsAre("ptr_does_not_resolve", "spf_does_not_cover"));
  EXPECT_THAT(report.findings[0].add, ElementsAre("mail.example.org. IN AAAA 2001:db8::1"));
}

TEST(JudgePtr, MissingOneIsAddedByTheAddressesOwnerWithTheHeloName) {
  const Report report = report_of(dns_without_ptr());
  EXPECT_THAT(codes(report), ElementsAre("ptr_missing"));
  EXPECT_EQ(report.findings[0].severity, Severity::kError);
  EXPECT_EQ(report.findings[0].owner, Owner::kAddressOwner);
  EXPECT_THAT(report.findings[0].add,
              ElementsAre("1.2.0.192.in-addr.arpa. IN PTR mail.example.org."));
  EXPECT_TRUE(report.has_faults());
}

TEST(JudgePtr, MissingOneOfAnUnknownServerLeavesTheNameOpen) {
  const Report report = report_of({}, {.address = address(kSender), .helo = "", .domains = {}});
  EXPECT_THAT(codes(report), ElementsAre("ptr_missing"));
  EXPECT_THAT(report.findings[0].add[0], HasSubstr("NAME-OF-THE-MAIL-SERVER"));
  EXPECT_THAT(report.not_checked, SizeIs(2));
}

TEST(JudgePtr, SilentResolverIsNoMissingRecord) {
  MadeUpDns dns = right_dns();
  dns.silent("1.2.0.192.in-addr.arpa", RecordType::kPtr);
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), IsEmpty());
  ASSERT_THAT(report.unanswered, SizeIs(1));
  EXPECT_EQ(report.unanswered[0].question, "PTR of 192.0.2.1");
  EXPECT_THAT(report.unanswered[0].reason, HasSubstr("did not answer"));
}

TEST(JudgePtr, WhereNothingIsAnsweredNothingIsFound) {
  MadeUpDns dns = right_dns();
  dns.all_silent();
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), IsEmpty());
  EXPECT_THAT(report.right, IsEmpty());
  EXPECT_EQ(report.questions_answered, 0);
}

TEST(JudgePtr, NameWhoseAddressIsNotAnsweredIsNoFault) {
  MadeUpDns dns = right_dns();
  dns.silent("mail.example.org", RecordType::kA);
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), IsEmpty());
  EXPECT_FALSE(report.unanswered.empty());
}

TEST(JudgePtr, NameThatDoesNotLeadBackIsTheNamesFault) {
  MadeUpDns dns;
  dns.ptr(kSender, "gone.example.org");
  const Subject subject{.address = address(kSender), .helo = "gone.example.org", .domains = {}};
  Report report = report_of(dns, subject);
  EXPECT_THAT(codes(report), ElementsAre("ptr_does_not_resolve"));
  EXPECT_EQ(report.findings[0].owner, Owner::kDomainDns);
  EXPECT_THAT(report.findings[0].add, ElementsAre("gone.example.org. IN A 192.0.2.1"));
  dns.host("gone.example.org", "203.0.113.7");
  report = report_of(dns, subject);
  EXPECT_THAT(codes(report), ElementsAre("ptr_leads_elsewhere"));
  EXPECT_THAT(report.findings[0].seen, HasSubstr("203.0.113.7"));
}

TEST(JudgePtr, PtrThatIsNoHostNameIsReplaced) {
  MadeUpDns dns = dns_without_ptr();
  dns.ptr(kSender, "localhost");
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), ElementsAre("ptr_no_host_name", "helo_differs_from_ptr"));
  EXPECT_THAT(report.findings[0].add,
              ElementsAre("1.2.0.192.in-addr.arpa. IN PTR mail.example.org."));
  EXPECT_THAT(report.findings[0].remove, ElementsAre("1.2.0.192.in-addr.arpa. IN PTR localhost."));
}

TEST(JudgePtr, OfSeveralTheHeloNameIsKept) {
  MadeUpDns dns = dns_without_ptr();
  dns.ptr(kSender, "www.example.org").host("www.example.org", kSender);
  dns.ptr(kSender, "mail.example.org").ptr(kSender, "old.example.org");
  const Report report = report_of(dns);
  EXPECT_THAT(codes(report), ElementsAre("ptr_several"));
  EXPECT_EQ(report.findings[0].severity, Severity::kWarning);
  EXPECT_THAT(report.findings[0].remove,
              ElementsAre("1.2.0.192.in-addr.arpa. IN PTR www.example.org.",
                          "1.2.0.192.in-addr.arpa. IN PTR old.example.org."));
}

TEST(JudgePtr, NumberedNameIsAHintAndNoFault) {
  MadeUpDns dns;
  dns.ptr(kSender, "192-0-2-1.pool.example.net").host("192-0-2-1.pool.example.net", kSender);
  const Report report = report_of(
      dns, {.address = address(kSender), .helo = "192-0-2-1.pool.example.net", .domains = {}});
  EXPECT_THAT(codes(report), ElementsAre("ptr_generic"));
  EXPECT_FALSE(report.has_faults());
}

TEST(JudgePtr, PrivateAddressIsAHint) {
  MadeUpDns dns;
  dns.ptr("192.168.1.55", "mail.example.org").host("mail.example.org", "192.168.1.55");
  const Report report =
      report_of(dns, {.address = address("192.168.1.55"), .helo = "", .domains = {}});
  EXPECT_THAT(codes(report), ElementsAre("address_private"));
  EXPECT_FALSE(report.has_faults());
}

TEST(JudgeHelo, AddressAndShortNameAreNoNames) {
  for (const char* helo : {"192.0.2.1", "[192.0.2.1]", "[ipv6:2001:db8::1]"}) {
    Subject subject = sender();
    subject.helo = helo;
    EXPECT_THAT(codes(report_of(right_dns(), subject)), ElementsAre("helo_is_address")) << helo;
  }
  for (const char* helo : {"localhost", "mail", "my_mail.example.org"}) {
    Subject subject = sender();
    subject.helo = helo;
    const Report report = report_of(right_dns(), subject);
    EXPECT_THAT(codes(report), ElementsAre("helo_not_qualified")) << helo;
    EXPECT_EQ(report.findings[0].owner, Owner::kMailServer);
    EXPECT_THAT(report.findings[0].advice, HasSubstr("mail.example.org"));
  }
}

TEST(JudgeHelo, NameOtherThanThePtrIsNamedOnceIfItResolves) {
  MadeUpDns dns = right_dns();
  dns.host("smtp.example.org", kSender);
  Subject subject = sender();
  subject.helo = "smtp.example.org";
  const Report report = report_of(dns, subject);
  EXPECT_THAT(codes(report), ElementsAre("helo_differs_from_ptr"));
  EXPECT_THAT(report.findings[0].add,
              ElementsAre("1.2.0.192.in-addr.arpa. IN PTR smtp.example.org."));
  EXPECT_THAT(report.findings[0].remove,
              ElementsAre("1.2.0.192.in-addr.arpa. IN PTR mail.example.org."));
}

TEST(JudgeHelo, NameThatLeadsNowhereIsAFaultOfItsOwn) {
  Subject subject = sender();
  subject.helo = "smtp.example.org";
  EXPECT_THAT(codes(report_of(right_dns(), subject)),
              ElementsAre("helo_differs_from_ptr", "helo_does_not_resolve"));
  MadeUpDns dns = right_dns();
  dns.host("smtp.example.org", "203.0.113.7");
  EXPECT_THAT(codes(report_of(dns, subject)),
              ElementsAre("helo_differs_from_ptr", "helo_leads_elsewhere"));
}

TEST(JudgeHelo, WithoutPtrOnlyThePtrIsMissing) {
  EXPECT_THAT(codes(report_of(dns_without_ptr())), ElementsAre("ptr_missing"));
}

TEST(JudgeHelo, IsNotComparedWithAPtrThatIsNotKnown) {
  MadeUpDns dns = right_dns();
  dns.silent("1.2.0.192.in-addr.arpa", RecordType::kPtr).host("smtp.example.org", kSender);
  Subject subject = sender();
  subject.helo = "smtp.example.org";
  EXPECT_THAT(codes(report_of(dns, subject)), IsEmpty());
}

}  // namespace
}  // namespace mxray::dns
