// SPDX-License-Identifier: Apache-2.0
// What does the store do when the disk will not have it? Never stop, always say
// so, lose nothing that fits into memory, and go on by itself.
#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "store/sqlite.h"
#include "store_fixture.h"

namespace mxray {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class StoreTrouble : public StoreTest {
 protected:
  /// Makes a store with incidents `0` to `count - 1` and closes it.
  void fill(int count) {
    Store store = Store::open(settings());
    for (int i = 0; i < count; ++i) {
      store.save(incident(std::to_string(i), kNow + static_cast<unsigned>(i)));
    }
  }
  static void overwrite(const std::filesystem::path& path, std::streamoff at, std::size_t count) {
    std::fstream stream(path, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(at);
    stream << std::string(count, '\x5a');
    ASSERT_TRUE(stream.good());
  }
  /// It must take incidents, write them and find them again.
  static void expect_it_works(Store& store) {
    store.save(incident("after", kNow + kDay));
    store.maintain(kNow);
    EXPECT_TRUE(store.health().working) << store.health().problem;
    EXPECT_GT(store.health().incidents_kept, 0U);
    EXPECT_TRUE(store.find("after"));
  }
};

TEST_F(StoreTrouble, ADirectoryThatCannotBeMadeIsExplainedAndTriedAgain) {
  execute_in(directory() / "taken", "CREATE TABLE t (x)");
  Store store = Store::open({.directory = directory() / "taken"});
  store.save(incident("a"));
  store.maintain(kNow);
  EXPECT_FALSE(store.health().working);
  EXPECT_THAT(store.health().problem,
              AllOf(HasSubstr("taken cannot be made"), HasSubstr("make it")));
  EXPECT_EQ(store.health().write_failures, 1U);
  EXPECT_TRUE(store.find("a"));

  std::filesystem::remove(directory() / "taken");
  store.maintain(kNow);
  EXPECT_TRUE(store.health().working);
  EXPECT_THAT(store.health().problem, IsEmpty());
  EXPECT_EQ(store.health().incidents_kept, 1U);
}

TEST_F(StoreTrouble, AReadOnlyFileSystemIsExplained) {
  if (!mount_tmpfs("4m")) GTEST_SKIP() << no_mount;
  ASSERT_TRUE(remount_read_only());
  Store store = Store::open(settings());
  store.save(incident("a"));
  store.maintain(kNow);
  EXPECT_FALSE(store.health().working);
  EXPECT_THAT(store.health().problem, AllOf(HasSubstr("cannot be written"), HasSubstr("writable")));
  EXPECT_GT(store.health().write_failures, 0U);
  EXPECT_TRUE(store.find("a"));
}

TEST_F(StoreTrouble, AFileSystemThatBecomesReadOnlyIsExplained) {
  if (!mount_tmpfs("4m")) GTEST_SKIP() << no_mount;
  fill(3);
  ASSERT_TRUE(remount_read_only());
  Store store = Store::open(settings());
  store.save(incident("a"));
  store.maintain(kNow);
  EXPECT_FALSE(store.health().working);
  EXPECT_THAT(store.health().problem, HasSubstr("cannot be written"));
  EXPECT_THAT(set_aside(), IsEmpty()) << "nothing is wrong with the file";
}

TEST_F(StoreTrouble, AFullDiskKeepsIncidentsInMemoryUntilThereIsRoom) {
  if (!mount_tmpfs("1m")) GTEST_SKIP() << no_mount;
  Store store = Store::open(settings());
  store.save(incident("before", kNow));
  store.maintain(kNow);
  ASSERT_TRUE(store.health().working) << store.health().problem;
  {
    std::ofstream rest(directory() / "fill", std::ios::binary);
    const std::string block(4096, 'x');
    while (rest << block << std::flush) {
    }
  }
  for (int i = 0; i < 200; ++i) {
    store.save(incident(fmt::format("full{}", i), kNow + kSecond));
  }
  store.maintain(kNow);
  store.maintain(kNow);
  EXPECT_FALSE(store.health().working);
  EXPECT_EQ(store.health().write_failures, 2U);
  EXPECT_THAT(store.health().problem, AllOf(HasSubstr("no space is left"), HasSubstr("make room")));
  EXPECT_THAT(store.query({}), SizeIs(201)) << "from disk and from memory";

  std::filesystem::remove(directory() / "fill");
  store.maintain(kNow);
  EXPECT_TRUE(store.health().working);
  EXPECT_THAT(store.health().problem, IsEmpty());
  EXPECT_EQ(store.health().incidents_kept, 201U);
  EXPECT_EQ(store.health().rows_dropped, 0U);
  EXPECT_THAT(set_aside(), IsEmpty()) << "a full disk is no damage";
}

TEST_F(StoreTrouble, ADiskThatIsFullFromTheStartIsExplained) {
  if (!mount_tmpfs("64k")) GTEST_SKIP() << no_mount;
  {
    std::ofstream rest(directory() / "fill", std::ios::binary);
    while (rest << std::string(4096, 'x') << std::flush) {
    }
  }
  Store store = Store::open(settings());
  EXPECT_FALSE(store.health().working);
  EXPECT_THAT(store.health().problem, HasSubstr("no space is left"));
}

TEST_F(StoreTrouble, AFileThatIsNoDatabaseIsMovedAsideAndSaid) {
  std::ofstream(file()) << std::string(10'000, 'x');
  Store store = Store::open(settings());
  ASSERT_THAT(set_aside(), SizeIs(1));
  EXPECT_EQ(std::filesystem::file_size(directory() / set_aside()[0]), 10'000U);
  EXPECT_THAT(store.health().problem,
              AllOf(HasSubstr("damaged"), HasSubstr(set_aside()[0]), HasSubstr("fresh")));
  expect_it_works(store);
  EXPECT_THAT(store.health().problem, HasSubstr("fresh")) << "the notice must not vanish";
}

TEST_F(StoreTrouble, ADatabaseOfSomethingElseIsMovedAside) {
  execute_in(file(), "CREATE TABLE incidents (whatever TEXT)");
  Store store = Store::open(settings());
  EXPECT_THAT(set_aside(), SizeIs(1));
  EXPECT_THAT(store.health().problem, HasSubstr("no store of mxray"));
  expect_it_works(store);
}

TEST_F(StoreTrouble, TablesThatAreNotOursDespiteTheirVersionAreMovedAside) {
  execute_in(file(), "CREATE TABLE incidents (whatever TEXT); PRAGMA user_version = 2");
  Store store = Store::open(settings());
  EXPECT_THAT(set_aside(), SizeIs(1));
  expect_it_works(store);
}

TEST_F(StoreTrouble, ATruncatedDatabaseIsMovedAside) {
  fill(500);
  std::filesystem::resize_file(file(), std::filesystem::file_size(file()) / 2);
  Store store = Store::open(settings());
  expect_it_works(store);
  EXPECT_THAT(set_aside(), SizeIs(1));
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("after"));
}

TEST_F(StoreTrouble, APowerCutInTheLogLosesOnlyWhatWasNotYetWhole) {
  Store alive = Store::open(settings());
  alive.save(incident("first", kNow));
  alive.flush();
  const auto log = directory() / "incidents.db-wal";
  const auto whole = std::filesystem::file_size(log);
  alive.save(incident("second", kNow + 1));
  alive.flush();
  ASSERT_GT(std::filesystem::file_size(log), whole);
  // What a power cut leaves: the files as they are, the log cut within a write.
  const auto cut = directory() / "cut";
  std::filesystem::create_directory(cut);
  std::filesystem::copy_file(file(), cut / "incidents.db");
  std::filesystem::copy_file(log, cut / "incidents.db-wal");
  std::filesystem::resize_file(cut / "incidents.db-wal", whole + 100);

  Store store = Store::open({.directory = cut});
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("first"));
  EXPECT_THAT(store.health().problem, IsEmpty());
  expect_it_works(store);
}

TEST_F(StoreTrouble, DamageDeepInsideIsMetAtUseAndMovedAside) {
  fill(2000);
  Store store = Store::open(settings());
  ASSERT_TRUE(store.health().working);
  // All pages but the first: the header stays good.
  overwrite(file(), 4096, std::filesystem::file_size(file()) - 4096);
  store.save(incident("next", kNow + kDay));
  store.maintain(kNow);
  (void)store.query({});
  store.maintain(kNow);
  EXPECT_THAT(set_aside(), SizeIs(1));
  EXPECT_THAT(store.health().problem, HasSubstr("damaged"));
  EXPECT_GT(store.health().write_failures, 0U);
  EXPECT_TRUE(store.find("next"));
  expect_it_works(store);
}

TEST_F(StoreTrouble, ADiskThatKeepsDamagingFilesIsNotFilledWithThem) {
  for (int i = 0; i < 6; ++i) {
    std::ofstream(file(), std::ios::trunc) << std::string(10'000, 'x');
    Store store = Store::open(settings());
    expect_it_works(store);
  }
  EXPECT_THAT(set_aside(), SizeIs(3));
}

TEST_F(StoreTrouble, ALaterSchemaIsLeftUntouchedAndSaid) {
  fill(1);
  execute_in(file(), "PRAGMA user_version = 7");
  Store store = Store::open(settings());
  store.save(incident("new"));
  store.maintain(kNow);
  EXPECT_FALSE(store.health().working);
  EXPECT_THAT(store.health().problem, AllOf(HasSubstr("schema 7"), HasSubstr("update mxray")));
  EXPECT_EQ(store.health().write_failures, 1U);
  EXPECT_EQ(number_in(file(), "SELECT count(*) FROM incidents"), 1U);
  EXPECT_EQ(number_in(file(), "PRAGMA user_version"), 7U);
  EXPECT_THAT(set_aside(), IsEmpty());
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("new"));
}

TEST_F(StoreTrouble, ALockedFileDelaysWritesButNotTheCaller) {
  Store store = Store::open(settings());
  {
    sqlite::Database other(file(), 1000);
    const sqlite::Transaction lock(other);
    ASSERT_FALSE(lock.failure());
    store.save(incident("a"));
    const auto start = std::chrono::steady_clock::now();
    store.maintain(kNow);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
    EXPECT_FALSE(store.health().working);
    EXPECT_EQ(store.health().write_failures, 1U);
    EXPECT_THAT(store.health().problem, AllOf(HasSubstr("locked"), HasSubstr("fuser")));
    EXPECT_TRUE(store.find("a"));
  }
  store.maintain(kNow);
  EXPECT_TRUE(store.health().working);
  EXPECT_EQ(store.health().incidents_kept, 1U);
}

TEST_F(StoreTrouble, AFileLockedFromTheStartIsTriedAgain) {
  fill(1);
  auto other = std::make_unique<sqlite::Database>(file(), 1000);
  ASSERT_FALSE(other->execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"));
  Store store = Store::open(settings());
  EXPECT_FALSE(store.health().working);
  EXPECT_THAT(store.health().problem, HasSubstr("locked"));
  other.reset();
  expect_it_works(store);
  EXPECT_THAT(set_aside(), IsEmpty());
}

TEST_F(StoreTrouble, ARemovedFileIsNoticedAndBegunAfresh) {
  Store store = Store::open(settings());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(file().string() + suffix);
  }
  store.save(incident("a"));
  store.maintain(kNow);
  EXPECT_THAT(store.health().problem, HasSubstr("removed"));
  EXPECT_EQ(number_in(file(), "SELECT count(*) FROM incidents"), 1U);
}

TEST_F(StoreTrouble, TwoStoresOnADamagedFileDoNotMoveEachOthersFreshOneAside) {
  fill(2000);
  Store one = Store::open(settings());
  Store other = Store::open(settings());
  overwrite(file(), 4096, std::filesystem::file_size(file()) - 4096);
  for (int i = 0; i < 2; ++i) {
    one.save(incident("x", kNow));
    one.maintain(kNow);
    (void)one.query({});
  }
  ASSERT_THAT(set_aside(), SizeIs(1));
  EXPECT_THAT(other.query({}), IsEmpty()) << "it still reads the damaged one";
  other.maintain(kNow);
  EXPECT_THAT(set_aside(), SizeIs(1));
  expect_it_works(one);
  expect_it_works(other);
}

}  // namespace
}  // namespace mxray
