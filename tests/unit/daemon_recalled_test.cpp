// SPDX-License-Identifier: Apache-2.0
// Of what the analysis says once more after a restart, is only that news which was not
// kept?
#include <gmock/gmock.h>

#include "daemon/recalled.h"
#include "unit/daemon_made_up.h"
#include "unit/daemon_running.h"

namespace mxray {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::kSecond;
using ::testing::Not;
using testing::RunningDaemon;

FlowView flow(std::uint16_t client_port) {
  FlowView view;
  view.client.port = client_port;
  view.server.port = 25;
  view.opened_ns = 50 * kSecond;
  view.closed_ns = 60 * kSecond;
  return view;
}

TEST(RecalledTest, AnIncidentIsNewsInItsLatestFormIfTheBoardKnowsLess) {
  Incident kept = testing::forged_reply("kept", kSecond);
  kept.amendments = 2;
  Incident grown = testing::forged_reply("grown", 2 * kSecond);
  IncidentBoard board(10);
  board.put(kept, kSecond);
  board.put(grown, 2 * kSecond);

  Recalled recalled;
  for (std::uint32_t amendments = 0; amendments <= 2; ++amendments) {
    for (const auto* id : {"kept", "grown", "lost"}) {
      Incident again = testing::forged_reply(id, std::string_view(id) == "lost" ? 0 : kSecond);
      again.amendments = amendments;
      recalled.incident(again);
    }
  }
  const auto news = recalled.unknown_to(board);
  EXPECT_THAT(news, ElementsAre(Field(&Incident::id, "lost"), Field(&Incident::id, "grown")));
  EXPECT_THAT(news,
              ElementsAre(Field(&Incident::amendments, 2U), Field(&Incident::amendments, 2U)));
}

TEST(RecalledTest, OnlyTheLatestClosedFlowsMayBeMissingOnTheDisk) {
  Recalled recalled;
  for (std::uint16_t second = 1; second <= 60; ++second) {
    recalled.second(second * kSecond);
    recalled.closed(flow(second));
  }
  EXPECT_EQ(recalled.perhaps_unwritten().size(), 11U);
  EXPECT_EQ(recalled.perhaps_unwritten().front().client.port, 50);
}

TEST(RecalledTest, AFlowIsKeptOnce) {
  const testing::TemporaryDirectory directory;
  Store store = Store::open({.directory = directory.path()});
  store.save_flow(flow(1));
  store.flush();
  EXPECT_TRUE(is_kept(store, flow(1)));
  EXPECT_FALSE(is_kept(store, flow(2)));
}

/// Has told one opened flow before this daemon was started.
class RememberingSource : public testing::FakeSource {
 public:
  RememberingSource(int fd, const OnRecord& on_record)
      : FakeSource(fd, on_record), on_record_(on_record) {}
  void recall(const Recollection& recollection) override {
    const core::record_flow record = testing::opened_flow(7);
    on_record_(std::as_bytes(std::span(&record, 1)));
    recollection.on_second(wall_clock_ns());
  }

 private:
  OnRecord on_record_;
};

class RecallTest : public RunningDaemon {
 protected:
  RecallTest() {
    settings_.start_source = [this](const Config&, const OnRecord& on_record) {
      return Result<std::unique_ptr<RecordSource>>(
          std::make_unique<RememberingSource>(records_.get(), on_record));
    };
  }
};

TEST_F(RecallTest, WhatWasKnownIsKnownAgainAndNotCountedAgain) {
  start();
  EXPECT_THAT(api("/v1/flows"), HasSubstr("\"waiting\""));
  EXPECT_THAT(web("/metrics"), HasSubstr("mxray_flows{protocol=\"smtp\",state=\"waiting\"} 1"));
  EXPECT_THAT(web("/metrics"), Not(HasSubstr("mxray_flows_opened_total{protocol=\"smtp\"} 1")));
}

}  // namespace
}  // namespace mxray
