// SPDX-License-Identifier: Apache-2.0
// Does the store stay within its age and its size, on disk and in memory?
#include <fmt/format.h>

#include <chrono>

#include "store_fixture.h"
#include "support/cpu_time.h"

namespace mxray {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kMiB = 1024 * 1024;

class StoreBounds : public StoreTest {
 protected:
  static Incident heavy(int number, std::uint64_t time_ns) {
    Incident result = incident(fmt::format("{:08}", number), time_ns);
    result.summary.assign(4000, 'x');
    return result;
  }
  [[nodiscard]] std::uint64_t bytes_on_disk() const {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory())) {
      if (entry.path().extension() != ".db-shm") sum += entry.file_size();
    }
    return sum;
  }
  /// One call deletes for a bounded time only, so as the daemon does: again.
  static void maintain(Store& store, std::uint64_t now_ns) {
    for (int i = 0; i < 20; ++i) store.maintain(now_ns);
  }
};

TEST_F(StoreBounds, WhatIsTooOldGoesAndWhatIsNotStays) {
  Store store = Store::open(settings());
  store.save(incident("old", kNow - 31 * kDay));
  store.save(incident("edge", kNow - 30 * kDay));
  store.save(incident("new", kNow));
  store.save_flow(closed_flow(kNow - 31 * kDay));
  store.save_flow(closed_flow(kNow));
  store.maintain(kNow);
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("edge", "new"));
  EXPECT_THAT(store.flows_opened({.until_ns = kNow}).flows, SizeIs(1));
  EXPECT_EQ(store.health().incidents_deleted, 1U);
  EXPECT_EQ(store.health().flows_deleted, 1U);
  EXPECT_EQ(store.health().incidents_kept, 2U);
}

TEST_F(StoreBounds, AgedRowsGiveTheirSpaceBack) {
  Store store = Store::open(settings());
  for (int i = 0; i < 1000; ++i) store.save(heavy(i, kNow - kDay));
  store.maintain(kNow);
  EXPECT_GT(bytes_on_disk(), 4 * kMiB);
  EXPECT_EQ(store.health().incidents_kept, 1000U);
  maintain(store, kNow + 30 * kDay);
  EXPECT_THAT(store.query({}), IsEmpty());
  EXPECT_LT(bytes_on_disk(), kMiB);
  EXPECT_EQ(store.health().bytes, bytes_on_disk());
}

TEST_F(StoreBounds, TheDiskNeverHoldsMoreThanAllowed) {
  StoreSettings small = settings();
  small.max_bytes = 8 * kMiB;
  Store store = Store::open(small);
  int number = 0;
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 100; ++i, ++number) {
      store.save(heavy(number, kNow + static_cast<unsigned>(number) * kSecond));
    }
    store.maintain(kNow + static_cast<unsigned>(number) * kSecond);
    ASSERT_LE(bytes_on_disk(), small.max_bytes) << "after " << number << " incidents";
  }
  const StoreHealth health = store.health();
  EXPECT_EQ(health.incidents_kept + health.incidents_deleted, static_cast<unsigned>(number));
  EXPECT_GT(health.incidents_kept, 600U) << "half of the room is thrown away";
  // The newest are there without a gap: the oldest went first.
  const auto kept = ids_of(store.query({.limit = 10'000}));
  ASSERT_EQ(kept.size(), health.incidents_kept);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i], fmt::format("{:08}", static_cast<std::size_t>(number) - kept.size() + i));
  }
}

TEST_F(StoreBounds, ALowerLimitShrinksAFileThatIsThere) {
  {
    Store store = Store::open(settings());
    for (int i = 0; i < 1000; ++i) store.save(heavy(i, kNow + static_cast<unsigned>(i)));
  }
  StoreSettings smaller = settings();
  smaller.max_bytes = 2 * kMiB;
  Store store = Store::open(smaller);
  maintain(store, kNow);
  EXPECT_LE(bytes_on_disk(), 2 * kMiB);
  EXPECT_TRUE(store.find("00000999"));
  EXPECT_FALSE(store.find("00000000"));
}

TEST_F(StoreBounds, ALowerLimitOfAnOpenStoreLosesNothingThatWaits) {
  Store store = Store::open(settings());
  for (int i = 0; i < 1000; ++i) store.save(heavy(i, kNow + static_cast<unsigned>(i)));
  maintain(store, kNow);
  ASSERT_GT(bytes_on_disk(), 2 * kMiB);
  store.save(heavy(1000, kNow + 1000));
  store.keep(settings().max_age_ns, 2 * kMiB);
  EXPECT_TRUE(store.find("00001000"));
  maintain(store, kNow);
  EXPECT_LE(bytes_on_disk(), 2 * kMiB);
  EXPECT_TRUE(store.find("00001000"));
  EXPECT_FALSE(store.find("00000000"));
}

TEST_F(StoreBounds, FlowSummariesGoBeforeIncidents) {
  StoreSettings small = settings();
  small.max_bytes = 2 * kMiB;
  Store store = Store::open(small);
  for (int i = 0; i < 50; ++i) store.save(heavy(i, kNow - kDay));
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 1000; ++i) store.save_flow(closed_flow(kNow));
    store.maintain(kNow);
  }
  EXPECT_EQ(store.health().incidents_kept, 50U);
  EXPECT_GT(store.health().flows_deleted, 0U);
  EXPECT_LE(bytes_on_disk(), small.max_bytes);
}

TEST_F(StoreBounds, OneCallDeletesForABoundedTime) {
  Store store = Store::open(settings());
  for (int batch = 0; batch < 25; ++batch) {
    for (int i = 0; i < 4000; ++i) store.save_flow(closed_flow(kNow - 40 * kDay));
    store.flush();
  }
  std::uint64_t before = 0;
  auto longest = std::chrono::nanoseconds{};
  do {
    before = store.health().flows_deleted;
    const auto start = test::cpu_time();
    store.maintain(kNow);
    longest = std::max(longest, test::cpu_time() - start);
  } while (store.health().flows_deleted != before);
  EXPECT_EQ(before, 100'000U);
  // 50 ms of deleting, then committing and vacuuming; sanitizers cost the rest.
  EXPECT_LT(longest, std::chrono::milliseconds(1000));
}

TEST_F(StoreBounds, FloodOfIncidentsIsWrittenAheadOfItsTurnAndEachIsAccountedFor) {
  Store store = Store::open(settings());
  for (int i = 0; i < 6000; ++i) {
    store.save(incident(fmt::format("{:08}", i), kNow + static_cast<unsigned>(i)));
  }
  store.maintain(kNow);
  const StoreHealth health = store.health();
  EXPECT_GT(health.incidents_kept, 2048U) << "more than could have waited";
  EXPECT_EQ(health.incidents_kept + health.rows_dropped, 6000U);
}

TEST_F(StoreBounds, WhatWaitsIsBoundedToo) {
  // The directory is a file: nothing can be written.
  execute_in(directory() / "taken", "CREATE TABLE t (x)");
  Store store = Store::open({.directory = directory() / "taken"});
  for (int i = 0; i < 3000; ++i) {
    store.save(incident(fmt::format("{:08}", i), kNow + static_cast<unsigned>(i)));
  }
  for (int i = 0; i < 5000; ++i) store.save_flow(closed_flow());
  const auto waiting = ids_of(store.query({.limit = 10'000}));
  ASSERT_THAT(waiting, SizeIs(1024));
  EXPECT_EQ(waiting.front(), "00001976") << "the oldest are given up";
  EXPECT_EQ(waiting.back(), "00002999");
  EXPECT_EQ(store.health().rows_dropped, (3000U - 1024U) + (5000U - 4096U));
}

}  // namespace
}  // namespace mxray
