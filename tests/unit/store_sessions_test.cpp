// SPDX-License-Identifier: Apache-2.0
// Are closed flows found by when they opened, page by page, each once?
#include "store_fixture.h"

namespace mxray {
namespace {

using testing::ElementsAre;

using StoreSessions = StoreTest;

/// When the flows of all pages opened, in seconds after kNow.
std::vector<std::uint64_t> opened(Store& store, FlowFilter filter) {
  std::vector<std::uint64_t> seconds;
  for (int pages = 0; pages < 100; ++pages) {
    const FlowPage page = store.flows_opened(filter);
    EXPECT_LE(page.flows.size(), filter.limit);
    for (const FlowView& flow : page.flows) seconds.push_back((flow.opened_ns - kNow) / kSecond);
    if (!page.next) break;
    filter.after = page.next;
  }
  return seconds;
}

TEST_F(StoreSessions, ComeInOrderPageByPage) {
  Store store = Store::open(settings());
  for (const std::uint64_t at : {5, 1, 3, 3, 3, 2, 4})
    store.save_flow(closed_flow(kNow + at * kSecond));
  store.flush();
  for (const std::size_t limit : {1, 2, 3, 7, 100}) {
    EXPECT_THAT(opened(store, {.since_ns = 0, .until_ns = kNow * 2, .limit = limit}),
                ElementsAre(1, 2, 3, 3, 3, 4, 5))
        << limit;
  }
}

TEST_F(StoreSessions, BothEndsOfTheRangeAreInIt) {
  Store store = Store::open(settings());
  for (const std::uint64_t at : {1, 2, 3, 4}) store.save_flow(closed_flow(kNow + at * kSecond));
  store.flush();
  EXPECT_THAT(opened(store, {.since_ns = kNow + 2 * kSecond, .until_ns = kNow + 3 * kSecond}),
              ElementsAre(2, 3));
}

TEST_F(StoreSessions, ThoseThatStillWaitForTheDiskAreThere) {
  Store store = Store::open(settings());
  EXPECT_FALSE(store.oldest_flow_ns());
  store.save_flow(closed_flow(kNow + 2 * kSecond));
  EXPECT_EQ(store.oldest_flow_ns(), kNow + 2 * kSecond);
  store.flush();
  store.save_flow(closed_flow(kNow + 1 * kSecond));
  store.save_flow(closed_flow(kNow + 9 * kSecond));
  EXPECT_EQ(store.oldest_flow_ns(), kNow + 1 * kSecond);
  EXPECT_THAT(opened(store, {.since_ns = 0, .until_ns = kNow + 5 * kSecond}), ElementsAre(2, 1));
}

}  // namespace
}  // namespace mxray
