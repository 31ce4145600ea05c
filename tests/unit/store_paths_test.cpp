// SPDX-License-Identifier: Apache-2.0
// Which paths does the store keep, and does a store of an older mxray get room
// for them without losing what it has?
#include <fmt/format.h>

#include "format/path_json.h"
#include "store_fixture.h"

namespace mxray {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> servers_of(const std::vector<Path>& paths) {
  std::vector<std::string> servers;
  for (const Path& path : paths) servers.push_back(to_string(path.server));
  return servers;
}

core::address address(const char* text) { return *parse_address(text); }

using StorePaths = StoreTest;

TEST_F(StorePaths, APathComesBackAsItWasSavedBeforeAndAfterItIsOnDisk) {
  const Path saved = path_to("203.0.113.80");
  {
    Store store = Store::open(settings());
    store.save_path(saved);
    EXPECT_EQ(store.health().writes, 0U);
    ASSERT_TRUE(store.latest_path(address("203.0.113.80")));
    EXPECT_FALSE(store.latest_path(address("203.0.113.81")));
  }
  Store again = Store::open(settings());
  const auto found = again.latest_path(address("203.0.113.80"));
  ASSERT_TRUE(found);
  EXPECT_EQ(to_json_line(*found), to_json_line(saved));
}

TEST_F(StorePaths, OneToTheSameAddressAndPortIsReplaced) {
  Store store = Store::open(settings());
  store.save_path(path_to("203.0.113.80", 25, kNow));
  store.flush();
  store.save_path(path_to("203.0.113.80", 25, kNow + kSecond));
  store.save_path(path_to("203.0.113.80", 587, kNow - kSecond));
  for (int on_disk = 0; on_disk < 2; ++on_disk) {
    EXPECT_THAT(servers_of(store.paths()), ElementsAre("203.0.113.80:25", "203.0.113.80:587"));
    EXPECT_EQ(store.latest_path(address("203.0.113.80"))->time_ns, kNow + kSecond);
    store.flush();
  }
  EXPECT_EQ(number_in(file(), "SELECT count(*) FROM paths"), 2U);
}

TEST_F(StorePaths, TheYoungest256AreKept) {
  Store store = Store::open(settings());
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::string server = fmt::format("198.51.{}.{}", 100 + i / 200, i % 200);
    store.save_path(path_to(server.c_str(), 25, kNow + i * kSecond));
    if (i % 100 == 0) store.flush();
  }
  store.flush();
  const std::vector<Path> paths = store.paths();
  ASSERT_EQ(paths.size(), 256U);
  EXPECT_EQ(to_string(paths.front().server), "198.51.101.99:25");
  EXPECT_EQ(to_string(paths.back().server), "198.51.100.44:25");
  EXPECT_EQ(number_in(file(), "SELECT count(*) FROM paths"), 256U);
}

TEST_F(StorePaths, OneOlderThanTheAgeGoes) {
  Store store = Store::open(settings());
  store.save_path(path_to("203.0.113.80", 25, kNow - 31 * kDay));
  store.save_path(path_to("203.0.113.81", 25, kNow - 29 * kDay));
  store.maintain(kNow);
  EXPECT_THAT(servers_of(store.paths()), ElementsAre("203.0.113.81:25"));
}

TEST_F(StorePaths, OneStaysInMemoryWhileThereIsNoDisk) {
  Store store = Store::open({.directory = "/proc/no/such/place"});
  store.save_path(path_to("203.0.113.80"));
  store.maintain(kNow);
  EXPECT_FALSE(store.health().working);
  EXPECT_TRUE(store.latest_path(address("203.0.113.80")));
}

TEST_F(StorePaths, ARowThatIsNoPathIsLeftOut) {
  Store store = Store::open(settings());
  store.save_path(path_to("203.0.113.80"));
  store.save_path(path_to("203.0.113.81"));
  store.flush();
  execute_in(file(), "UPDATE paths SET json = '{}' WHERE rowid = 1");
  EXPECT_THAT(servers_of(store.paths()), ElementsAre("203.0.113.81:25"));
  EXPECT_EQ(store.health().rows_unreadable, 1U);
}

// What mxray wrote before it knew paths.
constexpr const char* kFirstSchema =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
    "CREATE TABLE incidents (id TEXT PRIMARY KEY, time_ns INTEGER NOT NULL, kind TEXT NOT NULL,"
    " server BLOB NOT NULL, json TEXT NOT NULL);"
    "CREATE INDEX incidents_by_time ON incidents (time_ns);"
    "CREATE INDEX incidents_by_kind ON incidents (kind, time_ns);"
    "CREATE INDEX incidents_by_server ON incidents (server, time_ns);"
    "CREATE TABLE flows (time_ns INTEGER NOT NULL, json TEXT NOT NULL);"
    "CREATE INDEX flows_by_time ON flows (time_ns);"
    "PRAGMA user_version = 1;";

TEST_F(StorePaths, AStoreOfTheFirstSchemaIsUpgradedInPlace) {
  {  // Rows as they were written then: the columns have not changed since.
    Store store = Store::open(settings());
    store.save(incident("a"));
    store.save_flow(closed_flow());
  }
  const std::filesystem::path newer = directory() / "newer.db";
  std::filesystem::rename(file(), newer);
  execute_in(file(), kFirstSchema);
  execute_in(file(), "ATTACH '" + newer.string() +
                         "' AS newer;"
                         "INSERT INTO incidents SELECT * FROM newer.incidents;"
                         "INSERT INTO flows SELECT * FROM newer.flows;");
  ASSERT_EQ(number_in(file(), "SELECT count(*) FROM incidents"), 1U);
  {
    Store store = Store::open(settings());
    EXPECT_TRUE(store.health().working) << store.health().problem;
    EXPECT_EQ(store.health().problem, "");
    EXPECT_THAT(ids_of(store.query({})), ElementsAre("a"));
    EXPECT_THAT(store.flows_opened({.until_ns = kNow}).flows, SizeIs(1));
    EXPECT_THAT(store.paths(), IsEmpty());
    store.save_path(path_to("203.0.113.80"));
  }
  EXPECT_EQ(number_in(file(), "PRAGMA user_version"), 2U);
  EXPECT_THAT(set_aside(), IsEmpty());
  EXPECT_THAT(servers_of(Store::open(settings()).paths()), ElementsAre("203.0.113.80:25"));
}

TEST_F(StorePaths, AFileThatOnlyClaimsTheFirstSchemaIsMovedAside) {
  execute_in(file(), "CREATE TABLE incidents (whatever TEXT); PRAGMA user_version = 1");
  Store store = Store::open(settings());
  EXPECT_EQ(set_aside().size(), 1U);
  store.save_path(path_to("203.0.113.80"));
  store.flush();
  EXPECT_TRUE(store.health().working) << store.health().problem;
}

}  // namespace
}  // namespace mxray
