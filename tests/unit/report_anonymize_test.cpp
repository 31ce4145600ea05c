// SPDX-License-Identifier: Apache-2.0
// Does every inside address get a name, and no other text?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/anonymize.h"

namespace mxray {
namespace {

Inside inside() {
  return {{{*parse_address("2001:db8:1::"), 48}},
          {*parse_address("10.4.1.4"), *parse_address("198.51.100.7")}};
}

std::string named(const char* text) { return anonymized(text, inside()); }

TEST(Anonymized, NamesInsideAddressesHoweverTheyAreWritten) {
  EXPECT_EQ(named("10.4.1.4:60661 to 203.0.113.25:25"), "client-1:60661 to 203.0.113.25:25");
  EXPECT_EQ(named("(10.4.1.4), [fd00::1]:25, fd00::1."), "(client-1), [host-1]:25, host-1.");
  EXPECT_EQ(named("::ffff:10.4.1.4 FD00:0:0::1: refused"), "client-1 host-1: refused");
  EXPECT_EQ(named("&quot;10.4.1.4&quot;&#39;192.168.1.5&#39;"),
            "&quot;client-1&quot;&#39;host-1&#39;");
  EXPECT_EQ(named("2001:db8:1:2::9, not 2001:db8:2::9"), "host-1, not 2001:db8:2::9");
}

TEST(Anonymized, GivesOneAddressOneName) {
  EXPECT_EQ(named("198.51.100.7 10.4.1.4 192.168.1.5 198.51.100.7 192.168.1.6"),
            "client-1 client-2 host-1 client-1 host-2");
}

TEST(Anonymized, NamesNetworksAsSuch) {
  EXPECT_EQ(named("-s 192.168.1.0/24 -d 192.168.1.0 and 203.0.113.0/24"),
            "-s network-1/24 -d host-1 and 203.0.113.0/24");
}

TEST(Anonymized, LeavesOtherTextAlone) {
  for (const char* text :
       {"550 5.7.1 refused", "version 1.10.4.1.4", "at 14:44:52", "abcd::efgh", "a10.4.1.4",
        "::", "10.4.1", "10.4.1.400", "a:hover", "1.2.3.10.4.1.4", "203.0.113.25", ""}) {
    EXPECT_EQ(named(text), text);
  }
}

}  // namespace
}  // namespace mxray
