// SPDX-License-Identifier: Apache-2.0
// Is an address put into the right network?
#include "base/network.h"

#include <gtest/gtest.h>

namespace mxray::test {
namespace {

core::address address(const char* text) { return *parse_address(text); }

TEST(Network, IsWrittenWithItsFirstAddress) {
  EXPECT_EQ(to_string(network_around(address("192.168.1.100"), 24)), "192.168.1.0/24");
  EXPECT_EQ(to_string(network_around(address("192.168.1.100"), 25)), "192.168.1.0/25");
  EXPECT_EQ(to_string(network_around(address("192.168.1.200"), 26)), "192.168.1.192/26");
  EXPECT_EQ(to_string(network_around(address("192.168.1.100"), 0)), "0.0.0.0/0");
  EXPECT_EQ(to_string(network_around(address("192.168.1.100"), 128)), "192.168.1.100/32");
  EXPECT_EQ(to_string(network_around(address("2001:db8:1:2:3::4"), 64)), "2001:db8:1:2::/64");
}

TEST(Network, ContainsItsOwnFamilyOnly) {
  const Network all4 = network_around(address("0.0.0.0"), 0);
  EXPECT_TRUE(contains(all4, address("203.0.113.1")));
  EXPECT_FALSE(contains(all4, address("2001:db8::1")));
  EXPECT_FALSE(contains(network_around(address("::"), 0), address("203.0.113.1")));
  EXPECT_FALSE(contains(network_around(address("192.168.1.0"), 24), address("192.168.2.0")));
}

TEST(Network, IsReadFromAnyOfItsAddresses) {
  const auto read = [](const char* text) {
    const auto network = parse_network(text);
    return network ? to_string(*network) : "none";
  };
  EXPECT_EQ(read("192.168.1.7/24"), "192.168.1.0/24");
  EXPECT_EQ(read("192.168.1.7"), "192.168.1.7/32");
  EXPECT_EQ(read("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(read("2001:db8::7/32"), "2001:db8::/32");
  EXPECT_EQ(read("2001:db8::7"), "2001:db8::7/128");
  for (const char* text : {"", "/24", "192.168.1.0/", "192.168.1.0/33", "2001:db8::/129",
                           "192.168.1.0/-1", "192.168.1.0/24/8", "192.168.1.0/ 24", "mail/24"}) {
    EXPECT_EQ(read(text), "none") << text;
  }
  EXPECT_TRUE(is_single_host(*parse_network("192.168.1.7")));
  EXPECT_FALSE(is_single_host(*parse_network("192.168.1.7/31")));
}

TEST(PrivateAddress, IsOneThatNoOutsideHostHas) {
  for (const char* text : {"10.1.2.3", "172.31.255.255", "192.168.0.1", "100.64.0.1", "169.254.1.1",
                           "fd00:1::1", "fe80::1"}) {
    EXPECT_TRUE(is_private(address(text))) << text;
  }
  for (const char* text : {"172.32.0.1", "192.169.0.1", "8.8.8.8", "100.128.0.1", "2001:db8::1"}) {
    EXPECT_FALSE(is_private(address(text))) << text;
  }
}

}  // namespace
}  // namespace mxray::test
