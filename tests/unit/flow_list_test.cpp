// SPDX-License-Identifier: Apache-2.0
// Which connections does a reader get who asks for a few?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/analyzer.h"

namespace mxray {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSecond = 1'000'000'000;
using Numbers = std::vector<std::uint16_t>;

class FlowList : public testing::Test {
 protected:
  // The connection of client port `number`, opened in second `number`.
  void say(core::record_type type, std::uint16_t number, std::uint16_t port = 25) {
    core::record_flow record{};
    record.header.version = RECORD_VERSION;
    record.header.type = static_cast<core::u8>(type);
    record.header.protocol = core::PROTOCOL_SMTP;
    record.header.size = sizeof record;
    record.header.time_ns = number * kSecond;
    record.header.flow.client_port = number;
    record.header.flow.server_port = port;
    record.handshake.syn_time_ns = record.handshake.syn_ack_time_ns = number * kSecond;
    record.handshake.client_isn = number;
    record.handshake.server_ttl = 50;
    analyzer_.consume(std::as_bytes(std::span(&record, 1)));
  }
  void open(std::uint16_t number, std::uint16_t port = 25) {
    say(core::RECORD_FLOW_OPENED, number, port);
  }
  [[nodiscard]] std::vector<std::uint16_t> ports(const FlowChoice& choice) const {
    std::vector<std::uint16_t> result;
    for (const FlowView& flow : analyzer_.flows(100 * kSecond, choice)) {
      result.push_back(flow.client.port);
    }
    return result;
  }

  Analyzer analyzer_{{}, [](const Incident&) {}};
};

TEST_F(FlowList, GivesThoseWaitingLongestFirst) {
  for (const std::uint16_t number : Numbers{12, 11, 14, 13}) open(number);
  EXPECT_THAT(ports({.states = {}, .limit = 2}), ElementsAre(11, 12));
  EXPECT_THAT(ports({.states = {}, .limit = 4}), ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(ports({.states = {}, .limit = 9}), ElementsAre(11, 12, 13, 14));
  EXPECT_THAT(ports({.states = {}, .limit = 0}), IsEmpty());
}

TEST_F(FlowList, FillsTheRoomWithThoseHeardOfLatest) {
  for (const std::uint16_t number : Numbers{11, 12, 13, 14}) open(number);
  for (const std::uint16_t number : Numbers{11, 12, 13}) say(core::RECORD_ENCRYPTED, number);
  EXPECT_THAT(ports({.states = {}, .limit = 3}), ElementsAre(14, 13, 12));
}

TEST_F(FlowList, GivesThoseHeardOfLatestFirstIfAskedTo) {
  for (const std::uint16_t number : Numbers{11, 12, 13, 14}) open(number);
  say(core::RECORD_ENCRYPTED, 12);
  EXPECT_THAT(ports({.states = {}, .limit = 3, .latest_first = true}), ElementsAre(12, 14, 13));
  EXPECT_THAT(ports({.states = {FlowState::kWaiting}, .limit = 2, .latest_first = true}),
              ElementsAre(14, 13));
}

TEST_F(FlowList, GivesTheStatesAskedForOnly) {
  for (const std::uint16_t number : Numbers{11, 12, 13, 93}) open(number);
  say(core::RECORD_ENCRYPTED, 12);
  say(core::RECORD_FLOW_CLOSED, 93);
  for (const auto limit : {std::optional<std::size_t>(), std::optional<std::size_t>(10)}) {
    EXPECT_THAT(ports({.states = {FlowState::kEncrypted}, .limit = limit}), ElementsAre(12));
    EXPECT_THAT(ports({.states = {FlowState::kWaiting}, .limit = limit}), ElementsAre(11, 13));
    EXPECT_THAT(ports({.states = {FlowState::kEncrypted, FlowState::kClosed}, .limit = limit}),
                ElementsAre(93, 12));
  }
}

// Port 465 speaks TLS first: such a connection is new, not kept waiting.
TEST_F(FlowList, PutsWhoWaitsForNoGreetingBehind) {
  open(11, 465);
  open(12);
  EXPECT_THAT(ports({.states = {}, .limit = 1}), ElementsAre(12));
  EXPECT_THAT(ports({.states = {}, .limit = 2}), ElementsAre(12, 11));
  EXPECT_THAT(ports({.states = {FlowState::kWaiting}, .limit = 2}), ElementsAre(12, 11));
}

TEST_F(FlowList, SearchesNoFartherThanItsCostAllows) {
  open(1);
  say(core::RECORD_ENCRYPTED, 1);
  for (std::uint16_t number = 2; number < 16'400; ++number) open(number, 465);
  EXPECT_THAT(ports({.states = {FlowState::kEncrypted}, .limit = 5}), IsEmpty());
  EXPECT_THAT(ports({.states = {FlowState::kEncrypted}, .limit = {}}), ElementsAre(1));
}

TEST_F(FlowList, TellsHowManyRoutersAwayTheServerIs) {
  open(11);
  EXPECT_THAT(analyzer_.flows(100 * kSecond), Each(Field(&FlowView::server_hops, 14)));
  EXPECT_THAT(analyzer_.flows(100 * kSecond), SizeIs(1));
}

}  // namespace
}  // namespace mxray
