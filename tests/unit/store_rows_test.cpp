// SPDX-License-Identifier: Apache-2.0
// Does the store give back what it was given, and only what is asked for?
#include <fmt/format.h>

#include "format/incident_json.h"
#include "store_fixture.h"

namespace mxray {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using StoreRows = StoreTest;

TEST_F(StoreRows, AnIncidentComesBackAsItWasSaved) {
  Incident saved = incident("0123456789ab");
  saved.kind = Kind::kIdentStall;
  saved.confidence = Confidence::kProbable;
  saved.waiting.emplace().stall_seconds = 29.96;
  saved.waiting->ident_queries = 4;
  saved.evidence = {{"ident", "4 queries", "an answer", 1.5}};
  saved.packets.emplace_back().time_ns = kNow;
  saved.packets.back().what = "ident query";
  {
    Store store = Store::open(settings());
    store.save(saved);
  }
  Store again = Store::open(settings());
  const auto found = again.find("0123456789ab");
  ASSERT_TRUE(found);
  EXPECT_EQ(to_json_full(*found), to_json_full(saved));
  EXPECT_FALSE(again.find("ba9876543210"));
}

TEST_F(StoreRows, AnIncidentIsFoundBeforeItIsOnDisk) {
  Store store = Store::open(settings());
  store.save(incident("a"));
  EXPECT_EQ(store.health().writes, 0U);
  EXPECT_TRUE(store.find("a"));
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("a"));
}

TEST_F(StoreRows, AnAmendmentReplacesWhatWaitsAndWhatIsOnDisk) {
  Store store = Store::open(settings());
  Incident amended = incident("a");
  store.save(amended);
  store.flush();
  for (const char* summary : {"once more", "and again"}) {
    amended.summary = summary;
    ++amended.amendments;
    store.save(amended);
  }
  EXPECT_EQ(store.find("a")->summary, "and again");
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("a"));
  store.flush();
  EXPECT_EQ(store.find("a")->summary, "and again");
  EXPECT_EQ(store.find("a")->amendments, 2U);
  EXPECT_EQ(store.health().incidents_kept, 1U);
  EXPECT_EQ(store.health().writes, 2U) << "two amendments in one flush are one write";
}

class StoreQuery : public StoreTest, public testing::WithParamInterface<bool> {
 protected:
  StoreQuery() {
    for (int i = 0; i < 6; ++i) {
      Incident saved = incident(fmt::format("id{}", i), kNow + static_cast<unsigned>(i) * kSecond);
      saved.kind = i % 2 == 0 ? Kind::kForgedReply : Kind::kSlowGreeting;
      saved.server.address = *parse_address(i < 3 ? "198.51.100.1" : "2001:db8::1");
      store.save(saved);
      // Half of them on disk, half of them waiting: the answer must not differ.
      if (GetParam() && i == 2) store.flush();
    }
  }
  Store store = Store::open(settings());
};

INSTANTIATE_TEST_SUITE_P(OnDiskOrWaiting, StoreQuery, testing::Bool());

TEST_P(StoreQuery, WithoutAFilterGivesAllByTime) {
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("id0", "id1", "id2", "id3", "id4", "id5"));
}

TEST_P(StoreQuery, ByKindGivesOnlyThat) {
  EXPECT_THAT(ids_of(store.query({.kinds = {Kind::kSlowGreeting}})),
              ElementsAre("id1", "id3", "id5"));
  EXPECT_THAT(store.query({.kinds = {Kind::kForgedReset}}), IsEmpty());
}

TEST_P(StoreQuery, ByServerGivesOnlyThat) {
  EXPECT_THAT(ids_of(store.query({.servers = {*parse_address("2001:db8::1")}})),
              ElementsAre("id3", "id4", "id5"));
}

TEST_P(StoreQuery, ByTimeIncludesTheMomentItself) {
  EXPECT_THAT(ids_of(store.query({.since_ns = kNow + 4 * kSecond})), ElementsAre("id4", "id5"));
}

TEST_P(StoreQuery, WithALimitGivesTheNewest) {
  EXPECT_THAT(ids_of(store.query({.limit = 2})), ElementsAre("id4", "id5"));
  EXPECT_THAT(store.query({.limit = 0}), IsEmpty());
}

TEST_P(StoreQuery, CombinesItsConditions) {
  EXPECT_THAT(ids_of(store.query({.kinds = {Kind::kForgedReply, Kind::kIdentStall},
                                  .servers = {*parse_address("198.51.100.1")},
                                  .since_ns = kNow + 1})),
              ElementsAre("id2"));
}

TEST_F(StoreRows, AClosedFlowComesBackAsItWas) {
  Store store = Store::open(settings());
  store.save_flow(closed_flow());
  store.flush();
  const auto flows = store.flows_opened({.until_ns = kNow}).flows;
  ASSERT_EQ(flows.size(), 1U);
  EXPECT_EQ(flows[0].opened_ns, kNow);
  EXPECT_EQ(flows[0].client, closed_flow().client);
  EXPECT_EQ(flows[0].greeting_delay_seconds, 34.25);
}

TEST_F(StoreRows, ARowThatCannotBeReadIsLeftOutAndCounted) {
  Store store = Store::open(settings());
  store.save(incident("a", kNow));
  store.save(incident("b", kNow + 1));
  store.flush();
  execute_in(file(), "UPDATE incidents SET json = '{' WHERE id = 'a'");
  EXPECT_THAT(ids_of(store.query({})), ElementsAre("b"));
  EXPECT_FALSE(store.find("a"));
  EXPECT_EQ(store.health().rows_unreadable, 2U);
  EXPECT_TRUE(store.health().working);
}

TEST_F(StoreRows, AnInterfaceNameThatIsNoUtf8StopsNothing) {
  Store store = Store::open(settings());
  Incident strange = incident("a");
  strange.interface = "eth\xff\xc3";
  store.save(strange);
  store.save(incident("b"));
  store.flush();
  EXPECT_TRUE(store.find("b"));
  EXPECT_TRUE(store.health().working);
}

TEST_F(StoreRows, WhatASessionSaysIsNoSql) {
  Store store = Store::open(settings());
  Incident hostile = incident("a'); DROP TABLE incidents; --");
  hostile.summary = "'; DELETE FROM incidents; --";
  store.save(hostile);
  store.flush();
  EXPECT_EQ(store.find(hostile.id)->summary, hostile.summary);
  EXPECT_EQ(number_in(file(), "SELECT count(*) FROM incidents"), 1U);
}

TEST_F(StoreRows, TheFileIsNotForEveryone) {
  Store store = Store::open({.directory = directory() / "made" / "by mxray"});
  using std::filesystem::perms;
  for (const char* name : {"", "incidents.db", "incidents.db-wal"}) {
    const auto path = directory() / "made" / "by mxray" / name;
    EXPECT_EQ(std::filesystem::status(path).permissions() & perms::others_all, perms::none) << path;
  }
}

TEST_F(StoreRows, TwoOpenStoresSeeEachOther) {
  Store one = Store::open(settings());
  Store other = Store::open(settings());
  one.save(incident("a", kNow));
  one.maintain(kNow);
  other.save(incident("b", kNow + 1));
  other.maintain(kNow);
  EXPECT_THAT(ids_of(one.query({})), ElementsAre("a", "b"));
  EXPECT_THAT(ids_of(other.query({})), ElementsAre("a", "b"));
  EXPECT_EQ(one.health().write_failures + other.health().write_failures, 0U);
}

TEST_F(StoreRows, AStoreThatIsMovedOverWritesWhatWaits) {
  Store store = Store::open(settings());
  store.save(incident("a"));
  store = Store::open({.directory = directory() / "elsewhere"});
  EXPECT_EQ(number_in(file(), "SELECT count(*) FROM incidents"), 1U);
}

}  // namespace
}  // namespace mxray
