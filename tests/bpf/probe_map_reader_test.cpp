// SPDX-License-Identifier: Apache-2.0
// Is a map's fill counted right, exactly while small and closely when large?
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "base/fd.h"
#include "probe/map_reader.h"

namespace mxray {
namespace {

struct FilledMap {
  Fd fd;
  TableMap table;
};

/// An LRU hash map like the ones of the programs, with `entries` entries.
FilledMap lru_map(std::uint32_t capacity, std::uint32_t entries) {
  bpf_attr attributes;
  std::memset(&attributes, 0, sizeof attributes);
  attributes.map_type = BPF_MAP_TYPE_LRU_HASH;
  attributes.key_size = 40;
  attributes.value_size = 12;  // not a multiple of 8, on purpose
  attributes.max_entries = capacity;
  FilledMap map;
  map.fd = Fd(static_cast<int>(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes)));
  map.table = {"test", map.fd.get(), capacity, attributes.key_size, attributes.value_size};
  for (std::uint32_t entry = 0; entry < entries; ++entry) {
    std::array<std::uint32_t, 10> key{entry};
    std::array<std::uint32_t, 3> value{};
    std::memset(&attributes, 0, sizeof attributes);
    attributes.map_fd = static_cast<std::uint32_t>(map.fd.get());
    attributes.key = reinterpret_cast<std::uintptr_t>(key.data());
    attributes.value = reinterpret_cast<std::uintptr_t>(value.data());
    ::syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof attributes);
  }
  return map;
}

class MapFillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root: creates BPF maps";
  }
};

TEST_F(MapFillTest, AnEmptyMapHasNoEntries) {
  EXPECT_EQ(count_entries(lru_map(4096, 0).table), 0U);
}

TEST_F(MapFillTest, AFewThousandEntriesAreCountedExactly) {
  EXPECT_EQ(count_entries(lru_map(65536, 1).table), 1U);
  EXPECT_EQ(count_entries(lru_map(65536, 3000).table), 3000U);
}

TEST_F(MapFillTest, ManyEntriesAreEstimatedWithinAFewPercent) {
  const auto map = lru_map(200000, 100000);
  const auto estimate = static_cast<double>(count_entries(map.table));
  EXPECT_NEAR(estimate, 100000, 5000);
}

TEST_F(MapFillTest, AFullMapIsNeverFullerThanItsCapacity) {
  const auto map = lru_map(20000, 60000);
  EXPECT_LE(count_entries(map.table), 20000U);
  EXPECT_GT(count_entries(map.table), 18000U);
}

TEST_F(MapFillTest, AMapThatCannotBeReadIsUnknown) {
  EXPECT_EQ(count_entries({"gone", -1, 1024, 40, 12}), 0U);
}

}  // namespace
}  // namespace mxray
