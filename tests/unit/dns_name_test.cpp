// SPDX-License-Identifier: Apache-2.0
// Are names, addresses in the place of names, and numbered names told apart?
#include "dns/name.h"

#include <gtest/gtest.h>

#include "base/network.h"
#include "dns/zone_line.h"
#include "dns_made_up.h"

namespace mxray::dns {
namespace {

TEST(Name, IsComparedInLowerCaseWithoutTheLastDot) {
  EXPECT_EQ(normal_name("Mail.Example.ORG."), "mail.example.org");
  EXPECT_EQ(normal_name("mail"), "mail");
  EXPECT_EQ(normal_name("."), "");
}

TEST(Name, IsQualifiedWithTwoLabelsOfLettersDigitsAndInnerHyphens) {
  for (const char* name : {"example.org", "mail-1.example.org", "mail.example.org.",
                           "1.example.org", "xn--bcher-kva.example"}) {
    EXPECT_TRUE(is_qualified_host_name(name)) << name;
  }
  for (const char* name : {"", ".", "localhost", "192.0.2.1", "192.0.2.1.", "[192.0.2.1]", "1.2.3",
                           "-mail.example.org", "mail-.example.org", "my_mail.example.org",
                           "mail..example.org", ".example.org", "mail.example.org..",
                           "mail example.org", "2001:db8::1", "caf\xc3\xa9.example"}) {
    EXPECT_FALSE(is_qualified_host_name(name)) << name;
  }
  EXPECT_FALSE(is_qualified_host_name(std::string(64, 'a') + ".example"));
  EXPECT_TRUE(is_qualified_host_name(std::string(63, 'a') + ".example"));
}

TEST(Name, AnAddressInItsPlaceIsFoundInEveryWriting) {
  for (const char* text : {"192.0.2.1", "192.0.2.1.", "[192.0.2.1]"}) {
    ASSERT_TRUE(address_in(text)) << text;
    EXPECT_EQ(to_string(*address_in(text)), "192.0.2.1");
  }
  for (const char* text : {"2001:db8::1", "[IPv6:2001:db8::1]", "[ipv6:2001:db8::1]"}) {
    ASSERT_TRUE(address_in(text)) << text;
    EXPECT_EQ(to_string(*address_in(text)), "2001:db8::1");
  }
  for (const char* text : {"192.0.2.1.example.org", "[]", "[", "", "192.0.2", "192.0.2.256"}) {
    EXPECT_FALSE(address_in(text)) << text;
  }
}

TEST(Name, ReverseIsInTheTreeOfItsFamily) {
  EXPECT_EQ(reverse_name(address("192.168.1.55")), "55.1.168.192.in-addr.arpa");
  EXPECT_EQ(reverse_name(address("2001:db8::1:2f")),
            "f.2.0.0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST(Name, LooksGenericIfItSpellsTheAddress) {
  for (const char* name : {"192-0-2-113.dyn.example.net", "113.2.0.192.pool.example.net",
                           "host192.0.2.113.example.net", "c0000271.example.net",
                           "192000002113.example.net", "h-113-2-0-192.example.net"}) {
    EXPECT_TRUE(looks_generic(name, address("192.0.2.113"))) << name;
  }
  for (const char* name :
       {"mail.example.org", "mx2.example.org", "mail113.example.org", "mx-2-113.example.org"}) {
    EXPECT_FALSE(looks_generic(name, address("192.0.2.113"))) << name;
  }
  EXPECT_TRUE(looks_generic("2001-db8-0-0-02a1-b2ff-fec3-0001.example.net",
                            address("2001:db8::2a1:b2ff:fec3:1")));
  EXPECT_FALSE(looks_generic("mail.example.org", address("2001:db8::2a1:b2ff:fec3:1")));
}

TEST(Name, PrivateRangesAreKnown) {
  for (const char* text : {"10.4.1.4", "172.16.0.1", "172.31.255.255", "192.168.1.55", "100.64.0.1",
                           "127.0.0.1", "169.254.1.1", "fe80::1", "fd00::1", "::1"}) {
    EXPECT_TRUE(is_private(address(text))) << text;
  }
  for (const char* text :
       {"192.0.2.1", "172.32.0.1", "100.128.0.1", "9.255.255.255", "2001:db8::1"}) {
    EXPECT_FALSE(is_private(address(text))) << text;
  }
}

TEST(ZoneLine, IsReadyToPaste) {
  EXPECT_EQ(ptr_line(address("192.168.1.55"), "mail.example.org"),
            "55.1.168.192.in-addr.arpa. IN PTR mail.example.org.");
  EXPECT_EQ(address_line("mail.example.org", address("2001:db8::1")),
            "mail.example.org. IN AAAA 2001:db8::1");
  EXPECT_EQ(mx_line("example.org", {10, "mail.example.org"}),
            "example.org. IN MX 10 mail.example.org.");
  EXPECT_EQ(mx_line("example.org", {0, ""}), "example.org. IN MX 0 .");
  EXPECT_EQ(txt_line("example.org", "v=spf1 -all"), "example.org. IN TXT \"v=spf1 -all\"");
}

TEST(ZoneLine, SplitsALongTextAndEscapesQuotes) {
  const std::string text = std::string(255, 'a') + "b";
  EXPECT_EQ(txt_line("example.org", text),
            "example.org. IN TXT \"" + std::string(255, 'a') + "\" \"b\"");
  EXPECT_EQ(txt_line("example.org", "a\"b\\c"), R"(example.org. IN TXT "a\"b\\c")");
}

}  // namespace
}  // namespace mxray::dns
