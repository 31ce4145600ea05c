// SPDX-License-Identifier: Apache-2.0
// Are the random packets reproducible, and as bad as they should be?
#include "support/random_packets.h"

#include <gtest/gtest.h>

namespace mxray::test {
namespace {

TEST(RandomPackets, SameSeedGivesTheSamePackets) {
  RandomPackets one(7);
  RandomPackets two(7);
  RandomPackets other(8);
  int different = 0;
  for (int i = 0; i < 1000; ++i) {
    const RandomPacket packet = one.next();
    const RandomPacket same = two.next();
    ASSERT_EQ(packet.frame, same.frame);
    ASSERT_EQ(packet.has_ethernet, same.has_ethernet);
    if (packet.frame != other.next().frame) ++different;
  }
  EXPECT_GT(different, 900);
}

TEST(RandomPackets, MixGarbageDamageAndUnharmedPackets) {
  RandomPackets packets(1);
  constexpr int kCount = 20'000;
  int empty = 0, odd = 0, unharmed = 0, without_ethernet = 0;
  for (int i = 0; i < kCount; ++i) {
    const RandomPacket packet = packets.next();
    ASSERT_EQ(packet.frame.capacity(), packet.frame.size());
    if (packet.frame.empty()) ++empty;
    if (packet.frame.size() % 2 == 1) ++odd;
    if (!packet.has_ethernet) ++without_ethernet;
    for (const RandomPacket& valid : packets.valid_packets()) {
      if (valid.frame != packet.frame) continue;
      ++unharmed;
      break;
    }
  }
  EXPECT_GT(empty, 0);
  EXPECT_GT(odd, kCount / 4);
  EXPECT_GT(without_ethernet, kCount / 5);
  EXPECT_GT(unharmed, kCount / 20);  // 1 in 16, and damage that changed nothing
  EXPECT_LT(unharmed, kCount / 8);
}

}  // namespace
}  // namespace mxray::test
