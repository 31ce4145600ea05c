// SPDX-License-Identifier: Apache-2.0
// Does a journal tell what was written, in order, whatever became of its writer?
#include <gmock/gmock.h>

#include <cstring>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "probe/journal.h"

namespace mxray::test {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

class JournalTest : public ::testing::Test {
 protected:
  std::span<std::byte> memory() { return std::as_writable_bytes(std::span(words_)); }

  static std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
  }
  static void append_record(Journal& journal, const std::string& text) {
    journal.append({Journal::Kind::kDialogue, 7, bytes_of(text)});
  }
  static std::vector<std::pair<std::uint64_t, std::string>> entries_of(const Journal& journal) {
    std::vector<std::pair<std::uint64_t, std::string>> entries;
    journal.read([&entries](const Journal::Entry& entry) {
      entries.emplace_back(
          entry.time_ns,
          std::string(reinterpret_cast<const char*>(entry.record.data()), entry.record.size()));
    });
    return entries;
  }

  std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(Journal::kLeastBytes / 8);
};

TEST_F(JournalTest, TellsTheNextReaderAllInOrderWithItsSecret) {
  Journal journal = Journal::begin(memory(), 42);
  append_record(journal, "one");
  journal.append({Journal::Kind::kSecond, 1000});
  append_record(journal, "two");
  const auto next = Journal::open(memory());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->secret(), 42U);
  EXPECT_EQ(next->latest_offset_ns(), 7U);
  EXPECT_THAT(entries_of(*next), ElementsAre(Pair(7, "one"), Pair(1000, ""), Pair(7, "two")));
}

TEST_F(JournalTest, WhenFullTheOldestMakesRoomAndTheNewestAreAllThere) {
  Journal journal = Journal::begin(memory(), 1);
  std::vector<std::string> written;
  for (int i = 0; i < 1000; ++i) {
    written.push_back(std::string(static_cast<std::size_t>(i % 61), 'x') + std::to_string(i));
    append_record(journal, written.back());
    const auto entries = entries_of(*Journal::open(memory()));
    ASSERT_FALSE(entries.empty());
    ASSERT_LE(entries.size(), written.size());
    for (std::size_t k = 0; k < entries.size(); ++k) {
      ASSERT_EQ(entries[k].second, written[written.size() - entries.size() + k]) << "after " << i;
    }
  }
  // Half of the memory at least is in use, at 24 bytes and 33 on average an entry.
  EXPECT_GT(entries_of(journal).size(), Journal::kLeastBytes / 2 / 57);
}

TEST_F(JournalTest, KnowsTheLatestRecordOfEachRing) {
  Journal journal = Journal::begin(memory(), 1);
  append_record(journal, "heard");
  journal.append({Journal::Kind::kSecond, 1000});
  const auto next = Journal::open(memory());
  EXPECT_TRUE(next->ends_with(Journal::Kind::kDialogue, bytes_of("heard")));
  EXPECT_FALSE(next->ends_with(Journal::Kind::kDialogue, bytes_of("hears")));
  EXPECT_FALSE(next->ends_with(Journal::Kind::kIncident, bytes_of("heard")));
}

TEST_F(JournalTest, TellsTheNextReaderWhatWasCountedAndEveryRecordTaken) {
  Journal journal = Journal::begin(memory(), 1);
  Journal::Counters counted{};
  counted[core::COUNT_LOST_DIALOGUE_RECORD] = 3;
  counted[core::COUNT_DIALOGUE_RECORDS] = 99;  // some of which lie in the ring
  for (int i = 0; i < 200; ++i) append_record(journal, "more than there is room for, in the end");
  journal.note_counted(counted);
  journal.count(Journal::Kind::kIncident);
  journal.append({Journal::Kind::kSecond, 1000});
  const auto next = Journal::open(memory());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->counted()[core::COUNT_LOST_DIALOGUE_RECORD], 3U);
  EXPECT_EQ(next->counted()[core::COUNT_DIALOGUE_RECORDS], 200U);
  EXPECT_EQ(next->counted()[core::COUNT_INCIDENT_RECORDS], 1U);
}

TEST_F(JournalTest, IsToldAgainFromADayBeforeItsLatestSecondOn) {
  constexpr std::uint64_t kHour = 3600ULL * 1'000'000'000;
  Journal journal = Journal::begin(memory(), 1);
  append_record(journal, "of before the first second");
  for (std::uint64_t hour = 100; hour < 130; ++hour) {
    journal.append({Journal::Kind::kSecond, hour * kHour});
  }
  append_record(journal, "the latest");
  std::vector<std::uint64_t> times;
  journal.read_recent([&times](const Journal::Entry& entry) { times.push_back(entry.time_ns); });
  ASSERT_THAT(times, SizeIs(26));
  EXPECT_EQ(times.front(), 105 * kHour);
  EXPECT_EQ(times.back(), 7U) << "the record";
}

TEST_F(JournalTest, IsToldAgainAsAWholeIfItIsYoung) {
  constexpr std::uint64_t kNow = 1'795'000'000ULL * 1'000'000'000;
  Journal journal = Journal::begin(memory(), 1);
  const auto entries = [&journal] {
    int count = 0;
    journal.read_recent([&count](const Journal::Entry&) { ++count; });
    return count;
  };
  append_record(journal, "of before the first second");
  EXPECT_EQ(entries(), 1);
  journal.append({Journal::Kind::kSecond, kNow});
  append_record(journal, "the latest");
  EXPECT_EQ(entries(), 3);
  // A clock that was set back.
  journal.append({Journal::Kind::kSecond, kNow - 2 * Journal::kRecalledNs});
  EXPECT_EQ(entries(), 4);
}

TEST_F(JournalTest, CountsARecordWhoseWriterWasKilledBeforeItHadCounted) {
  Journal journal = Journal::begin(memory(), 1);
  append_record(journal, "one");
  const auto before = words_;
  append_record(journal, "two");
  // The record is complete, the count is as it was.
  constexpr std::size_t kCount = 4 + core::COUNT_DIALOGUE_RECORDS;
  ASSERT_EQ(words_[kCount], 2U);
  words_[kCount] = before[kCount];
  EXPECT_EQ(Journal::open(memory())->counted()[core::COUNT_DIALOGUE_RECORDS], 2U);
}

TEST_F(JournalTest, WhatIsNoJournalIsNotRead) {
  EXPECT_FALSE(Journal::open(memory()));
  Journal journal = Journal::begin(memory(), 1);
  EXPECT_FALSE(Journal::open(memory().first(100)));
  words_[3] = 1 << 20;  // ends far outside
  EXPECT_FALSE(Journal::open(memory()));
}

TEST_F(JournalTest, NoBytesMakeItReadOutsideItsMemory) {
  for (std::uint64_t seed = 1; seed < 2000; ++seed) {
    Journal journal = Journal::begin(memory(), 1);
    for (int i = 0; i < 100; ++i) append_record(journal, std::string(seed % 90, 'y'));
    // Of what a writer could have left, one word is something else.
    std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL;
    words_[2 + (state >> 33) % (words_.size() - 2)] = state;
    if (auto next = Journal::open(memory())) {
      (void)entries_of(*next);
      append_record(*next, "news");
      for (int i = 0; i < 300; ++i) append_record(*next, std::string(40, 'z'));
      EXPECT_TRUE(next->ends_with(Journal::Kind::kDialogue, bytes_of(std::string(40, 'z'))));
    }
  }
}

TEST_F(JournalTest, AnEntryThatIsTooLargeIsLeftOut) {
  Journal journal = Journal::begin(memory(), 1);
  append_record(journal, std::string(Journal::kLeastBytes / 2, 'x'));
  append_record(journal, "fits");
  EXPECT_THAT(entries_of(journal), SizeIs(1));
}

}  // namespace
}  // namespace mxray::test
