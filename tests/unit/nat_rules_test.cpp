// SPDX-License-Identifier: Apache-2.0
// Are the rules written as nft and iptables read them? tests/e2e/hairpin.sh
// applies them; here are the forms that it does not meet.
#include "analysis/nat_rules.h"

#include <gmock/gmock.h>

namespace mxray::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Forward forward(const char* original, std::uint16_t port, const char* inner,
                std::uint16_t inner_port) {
  return {{*parse_address(original), port}, {*parse_address(inner), inner_port}};
}

HairpinRule rule_for(std::vector<Forward> forwards) {
  return {.client_interface = "bond1",
          .server_interface = "bond1",
          .clients = network_around(*parse_address("192.168.1.0"), 24),
          .forwards = std::move(forwards)};
}

TEST(HairpinRule, IsThatOfTheRecordedCase) {
  const HairpinRule rule = rule_for({forward("110.88.12.88", 25, "192.168.1.55", 25),
                                     forward("110.88.12.88", 110, "192.168.1.55", 110)});
  EXPECT_EQ(nft_command(rule),
            "nft 'table inet hairpin { chain prerouting { type nat hook prerouting priority dstnat "
            "- 1; iifname \"bond1\" ip daddr 110.88.12.88 tcp dport { 25, 110 } dnat ip to "
            "192.168.1.55; }; chain postrouting { type nat hook postrouting priority srcnat - 1; "
            "oifname \"bond1\" ip saddr 192.168.1.0/24 ip daddr 192.168.1.55 tcp dport { 25, 110 } "
            "masquerade; }; }'");
  EXPECT_THAT(iptables_commands(rule),
              ElementsAre("iptables -t nat -I PREROUTING -i bond1 -d 110.88.12.88 -p tcp -m "
                          "multiport --dports 25,110 -j DNAT --to-destination 192.168.1.55",
                          "iptables -t nat -I POSTROUTING -s 192.168.1.0/24 -d 192.168.1.55 -o "
                          "bond1 -p tcp -m multiport --dports 25,110 -j MASQUERADE"));
}

TEST(HairpinRule, KeepsApartServersAndPortsThatAreTranslated) {
  const HairpinRule rule = rule_for({forward("110.88.12.88", 25, "192.168.1.55", 25),
                                     forward("110.88.12.88", 143, "192.168.1.56", 143),
                                     forward("110.88.12.88", 587, "192.168.1.55", 25)});
  EXPECT_THAT(nft_command(rule), HasSubstr("tcp dport 25 dnat ip to 192.168.1.55; "));
  EXPECT_THAT(nft_command(rule), HasSubstr("tcp dport 143 dnat ip to 192.168.1.56; "));
  EXPECT_THAT(nft_command(rule), HasSubstr("tcp dport 587 dnat ip to 192.168.1.55:25; "));
  EXPECT_THAT(iptables_commands(rule),
              testing::Contains(HasSubstr("--dport 587 -j DNAT --to-destination 192.168.1.55:25")));
}

TEST(HairpinRule, WritesIpv6AddressesWithPortsInBrackets) {
  HairpinRule rule = rule_for({forward("2001:db8::88", 587, "fd00::55", 25)});
  rule.clients = network_around(*parse_address("fd00::"), 64);
  EXPECT_THAT(nft_command(rule), HasSubstr("dnat ip6 to [fd00::55]:25"));
  EXPECT_THAT(iptables_commands(rule),
              ElementsAre(HasSubstr("ip6tables -t nat -I PREROUTING"),
                          HasSubstr("-s fd00::/64 -d fd00::55 -o bond1 -p tcp --dport 25")));
}

TEST(HairpinRule, NeverPutsAStrangeInterfaceNameIntoAShell) {
  HairpinRule rule = rule_for({forward("110.88.12.88", 25, "192.168.1.55", 25)});
  rule.client_interface = "a';reboot;'";
  EXPECT_THAT(nft_command(rule), Not(HasSubstr("reboot")));
  EXPECT_THAT(iptables_commands(rule), Not(testing::Contains(HasSubstr("reboot"))));
}

}  // namespace
}  // namespace mxray::test
