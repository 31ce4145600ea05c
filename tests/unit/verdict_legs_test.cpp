// SPDX-License-Identifier: Apache-2.0
// Is one connection one record, however often NAT shows it, and are two never one?
#include <gmock/gmock.h>

#include <numeric>

#include "analysis/flow_table.h"
#include "unit/nat_traffic.h"

namespace mxray::test {
namespace {

constexpr std::uint64_t kSecond = NatTraffic::kSecond;

std::string text_of(const std::optional<Endpoint>& endpoint) {
  return endpoint ? to_string(*endpoint) : "none";
}

// `client (inside) -> server (published)` of each connection.
std::vector<std::string> lines_of(const ReplayResult& result) {
  std::vector<std::string> lines;
  for (const FlowView& flow : result.flows) {
    lines.push_back(to_string(flow.client) + " (" + text_of(flow.inside_client) + ") -> " +
                    to_string(flow.server) + " (" + text_of(flow.published_server) + ")");
  }
  return lines;
}

std::uint64_t flows_counted(const ReplayResult& result) {
  std::uint64_t count = 0;
  for (const auto& states : result.totals.flows) {
    count = std::accumulate(states.begin(), states.end(), count);
  }
  return count;
}

struct Case {
  const char* name;
  Legs legs;
  const char* line;
};
void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

const Legs kMasquerade = {{"lan0", "192.168.1.9", 1523, "198.51.100.25", 25},
                          {"wan0", "203.0.113.1", 42390, "198.51.100.25", 25}};
const Legs kPublished = {{"wan0", "198.51.100.7", 40001, "203.0.113.88", 25},
                         {"lan0", "198.51.100.7", 40001, "192.168.1.55", 25}};
const Legs kHairpin = {{"lan0", "192.168.1.100", 50000, "203.0.113.88", 25},
                       {"lan0", "192.168.1.1", 50000, "192.168.1.55", 25}};

class OneConnection : public testing::TestWithParam<Case> {};

TEST_P(OneConnection, IsOneLineWithItsOriginalAndTranslatedAddresses) {
  const ReplayResult result = NatTraffic().session(GetParam().legs).verdict();
  EXPECT_THAT(lines_of(result), testing::ElementsAre(GetParam().line));
  EXPECT_EQ(flows_counted(result), 1U);
  EXPECT_EQ(result.totals.flows_opened[core::PROTOCOL_SMTP], 1U);
  const Legs& legs = GetParam().legs;
  const bool is_translated =
      legs.front().client != legs.back().client || legs.front().server != legs.back().server;
  EXPECT_EQ(result.totals.connections_translated, is_translated ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Legs, OneConnection,
    testing::Values(
        Case{"masquerade", kMasquerade,
             "203.0.113.1:42390 (192.168.1.9:1523) -> 198.51.100.25:25 (none)"},
        Case{"dnat", kPublished, "198.51.100.7:40001 (none) -> 192.168.1.55:25 (203.0.113.88:25)"},
        Case{"dnat_to_another_port",
             {{"wan0", "198.51.100.7", 40001, "203.0.113.88", 587},
              {"lan0", "198.51.100.7", 40001, "192.168.1.55", 25}},
             "198.51.100.7:40001 (none) -> 192.168.1.55:25 (203.0.113.88:587)"},
        Case{"hairpin", kHairpin,
             "192.168.1.1:50000 (192.168.1.100:50000) -> 192.168.1.55:25 (203.0.113.88:25)"},
        Case{"routed",
             {{"lan1", "192.168.2.9", 40001, "192.168.1.55", 25},
              {"lan0", "192.168.2.9", 40001, "192.168.1.55", 25}},
             "192.168.2.9:40001 (none) -> 192.168.1.55:25 (none)"},
        Case{"bridge_port_and_uplink",
             {{"lan0", "192.168.1.9", 1523, "198.51.100.25", 25},
              {"br0", "192.168.1.9", 1523, "198.51.100.25", 25},
              {"wan0", "203.0.113.1", 42390, "198.51.100.25", 25}},
             "203.0.113.1:42390 (192.168.1.9:1523) -> 198.51.100.25:25 (none)"},
        Case{"masquerade_ipv6",
             {{"lan0", "fd00:1::9", 1523, "2001:db8:5::25", 25},
              {"wan0", "2001:db8:88::1", 42390, "2001:db8:5::25", 25}},
             "[2001:db8:88::1]:42390 ([fd00:1::9]:1523) -> [2001:db8:5::25]:25 (none)"},
        Case{"dnat_ipv6",
             {{"wan0", "2001:db8:51::7", 40001, "2001:db8:88::88", 25},
              {"lan0", "2001:db8:51::7", 40001, "fd00:1::55", 25}},
             "[2001:db8:51::7]:40001 (none) -> [fd00:1::55]:25 ([2001:db8:88::88]:25)"},
        Case{"hairpin_ipv6",
             {{"lan0", "fd00:1::100", 50000, "2001:db8:88::88", 25},
              {"lan0", "fd00:1::1", 50000, "fd00:1::55", 25}},
             "[fd00:1::1]:50000 ([fd00:1::100]:50000) -> [fd00:1::55]:25 "
             "([2001:db8:88::88]:25)"}),
    [](const auto& tested) { return std::string(tested.param.name); });

Legs first(const Legs& legs) { return {legs.front()}; }
Legs last(const Legs& legs) { return {legs.back()}; }

TEST(LateLeg, IsJoinedWhenTheGatewayLostTheFirstSyns) {
  NatTraffic traffic;
  traffic.fresh().syn(first(kPublished)).wait(kSecond).syn(first(kPublished)).wait(2 * kSecond);
  traffic.syn(first(kPublished)).wait(4 * kSecond);
  traffic.syn(kPublished).syn_ack(kPublished).greet(kPublished);
  EXPECT_THAT(lines_of(traffic.verdict()), testing::SizeIs(1));
}

TEST(LateLeg, IsJoinedWhenTheGatewayLostTheFirstSynAcks) {
  NatTraffic traffic;
  traffic.fresh().syn(kPublished).syn_ack(last(kPublished)).wait(kSecond);
  traffic.syn_ack(last(kPublished)).wait(3 * kSecond);
  traffic.syn_ack(kPublished).greet(kPublished);
  EXPECT_THAT(lines_of(traffic.verdict()),
              testing::ElementsAre("198.51.100.7:40001 (none) -> 192.168.1.55:25 "
                                   "(203.0.113.88:25)"));
}

TEST(LateLeg, IsJoinedWhenBothHandshakesDiffer) {
  // The second leg begins when the client repeats its SYN, and the answer to that
  // reaches the client only when it is repeated, too.
  NatTraffic traffic;
  traffic.fresh().syn(first(kPublished)).wait(3 * kSecond).syn(kPublished);
  traffic.syn_ack(last(kPublished)).wait(3 * kSecond).syn_ack(kPublished).greet(kPublished);
  EXPECT_THAT(lines_of(traffic.verdict()), testing::SizeIs(1));
}

TEST(TwoConnections, AreNotJoinedThoughTheirNumbersAreEqual) {
  // Ten seconds apart: a stack that always begins with the same number.
  NatTraffic traffic;
  traffic.isn(7, 7).syn(first(kPublished)).syn_ack(first(kPublished)).greet(first(kPublished));
  traffic.wait(10 * kSecond).isn(7, 7);
  traffic.syn(last(kPublished)).syn_ack(last(kPublished)).greet(last(kPublished));
  EXPECT_THAT(lines_of(traffic.verdict()), testing::SizeIs(2));
}

TEST(TwoConnections, AreNotJoinedByTheNumberOfOneSide) {
  NatTraffic traffic;
  traffic.isn(7, 8).syn(first(kPublished)).syn_ack(first(kPublished)).greet(first(kPublished));
  traffic.isn(7, 9).syn(last(kPublished)).syn_ack(last(kPublished)).greet(last(kPublished));
  EXPECT_THAT(lines_of(traffic.verdict()), testing::SizeIs(2));
}

TEST(TwoConnections, OfTheSameHostsOnOneInterfaceAreNotJoined) {
  const Legs one = {{"lan0", "192.168.1.9", 40001, "192.168.2.25", 25}};
  const Legs other = {{"lan0", "192.168.1.9", 40002, "192.168.2.25", 25}};
  NatTraffic traffic;
  traffic.isn(7, 8).syn(one).syn_ack(one).greet(one);
  traffic.isn(7, 8).syn(other).syn_ack(other).greet(other);
  EXPECT_THAT(lines_of(traffic.verdict()), testing::SizeIs(2));
}

TEST(TwoConnections, SeenMidStreamAreNotJoined) {
  NatTraffic traffic;
  traffic.isn(0, 0).greet(kPublished).greet(kPublished);
  EXPECT_THAT(lines_of(traffic.verdict()), testing::SizeIs(2));
}

TEST(TwoConnections, OneAfterTheOtherOnTheSamePortsAreTwo) {
  std::vector<FlowView> closed;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { closed.push_back(flow); };
  const ReplayResult result = NatTraffic().session(kHairpin).session(kHairpin).verdict(settings);
  EXPECT_EQ(closed.size(), 2U);
  EXPECT_EQ(result.totals.flows_opened[core::PROTOCOL_SMTP], 2U);
  EXPECT_EQ(flows_counted(result), 1U) << "the older one is forgotten";
}

TEST(OrderOfLegs, DoesNotDependOnTheClocksOfTwoCaptures) {
  for (const std::int64_t ms : {-5, 5}) {
    NatTraffic traffic;
    traffic.skew("lan0", ms * 1'000'000).session(kPublished);
    EXPECT_THAT(lines_of(traffic.verdict()),
                testing::ElementsAre("198.51.100.7:40001 (none) -> 192.168.1.55:25 "
                                     "(203.0.113.88:25)"))
        << ms;
  }
}

TEST(TwoParts, ThatAreJoinedLateAreJudgedNoSecondTime) {
  FlowTable flows(8);
  const auto leg = [&flows](std::uint32_t interface, std::uint64_t syn_ns) -> Flow& {
    core::record_header header{};
    header.protocol = core::PROTOCOL_SMTP;
    header.flow.interface = interface;
    core::handshake handshake{};
    handshake.client_isn = handshake.server_isn = 7;
    handshake.syn_time_ns = syn_ns;
    return flows.touch(header, &handshake);
  };
  const Flow& alone = leg(1, 10 * kSecond);
  leg(2, 20 * kSecond);
  Flow& between = leg(3, 20 * kSecond);
  ASSERT_EQ(between.connection->legs.size(), 2U);
  between.connection->weighed = true;
  for (const std::uint64_t syn_ns : {10 * kSecond, 11 * kSecond}) leg(3, syn_ns);
  ASSERT_EQ(alone.connection->legs.size(), 3U);
  EXPECT_TRUE(alone.connection->weighed);
}

TEST(EndOfAConnection, IsToldOnceWhenItsLastLegCloses) {
  std::vector<FlowView> closed;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { closed.push_back(flow); };
  (void)NatTraffic().session(kHairpin).verdict(settings);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].state, FlowState::kClosed);
  EXPECT_EQ(text_of(closed[0].published_server), "203.0.113.88:25");
  EXPECT_EQ(text_of(closed[0].inside_client), "192.168.1.100:50000");
  EXPECT_NE(closed[0].closed_ns, 0U);
}

TEST(EndOfAConnection, IsToldThoughOneLegsEndWasNotSeen) {
  std::vector<FlowView> closed;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { closed.push_back(flow); };
  NatTraffic traffic;
  traffic.fresh().syn(kPublished).syn_ack(kPublished).greet(kPublished).close(first(kPublished));
  const ReplayResult before = traffic.wait(5 * kSecond).session(kMasquerade).verdict(settings);
  EXPECT_EQ(closed.size(), 1U) << "the other connection's";
  EXPECT_EQ(
      before.totals.flows[core::PROTOCOL_SMTP][static_cast<std::size_t>(FlowState::kDialogue)], 1U);
  closed.clear();
  const ReplayResult after = traffic.wait(20 * kSecond).session(kMasquerade).verdict(settings);
  ASSERT_EQ(closed.size(), 3U);
  EXPECT_EQ(text_of(closed[1].published_server), "203.0.113.88:25");
  EXPECT_EQ(after.totals.flows[core::PROTOCOL_SMTP][static_cast<std::size_t>(FlowState::kClosed)],
            2U);
}

// The flow of one leg, opened or closed; equal legs but for their interface.
void feed(Analyzer& analyzer, core::record_type type, std::uint32_t interface) {
  core::record_flow record{};
  record.header.version = RECORD_VERSION;
  record.header.type = static_cast<core::u8>(type);
  record.header.protocol = core::PROTOCOL_SMTP;
  record.header.size = sizeof record;
  record.header.time_ns = 10 * kSecond;
  record.header.flow.server_port = 25;
  record.header.flow.interface = interface;
  record.handshake.syn_time_ns = 9 * kSecond;
  record.handshake.syn_ack_time_ns = record.handshake.last_syn_ack_time_ns =
      9 * kSecond + interface;
  record.handshake.client_isn = record.handshake.server_isn = 7;
  analyzer.consume(std::as_bytes(std::span(&record, 1)));
}

TEST(EndOfAConnection, IsToldThoughItsPlaceIsNeededAtOnce) {
  int closed = 0;
  AnalyzerSettings settings;
  settings.max_flows = 1;
  settings.on_flow_closed = [&](const FlowView&) { ++closed; };
  Analyzer analyzer(settings, [](const Incident&) {});
  feed(analyzer, core::RECORD_FLOW_CLOSED, 1);
  feed(analyzer, core::RECORD_FLOW_OPENED, 2);
  EXPECT_EQ(closed, 1);
}

TEST(EndOfAConnection, IsNotToldAgainByALegThatIsHeardOfOnlyThen) {
  std::vector<FlowView> closed;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView& flow) { closed.push_back(flow); };
  Analyzer analyzer(settings, [](const Incident&) {});
  feed(analyzer, core::RECORD_FLOW_OPENED, 1);
  feed(analyzer, core::RECORD_FLOW_CLOSED, 1);
  EXPECT_EQ(closed.size(), 0U) << "a refusal may still be contradicted";
  analyzer.tick(13 * kSecond);
  EXPECT_EQ(closed.size(), 1U);
  feed(analyzer, core::RECORD_FLOW_CLOSED, 2);  // its other records were lost
  analyzer.tick(30 * kSecond);
  analyzer.finish();
  EXPECT_EQ(closed.size(), 1U);
  EXPECT_EQ(analyzer.flows(10 * kSecond).size(), 1U);
}

TEST(EndOfAConnection, IsToldAlsoAfterTheClockWasSetBack) {
  int closed = 0;
  AnalyzerSettings settings;
  settings.on_flow_closed = [&](const FlowView&) { ++closed; };
  Analyzer analyzer(settings, [](const Incident&) {});
  analyzer.tick(86'400 * kSecond);
  feed(analyzer, core::RECORD_FLOW_OPENED, 1);
  feed(analyzer, core::RECORD_FLOW_CLOSED, 1);
  analyzer.tick(13 * kSecond);
  EXPECT_EQ(closed, 1);
}

TEST(ManyLegs, OfEqualNumbersCostNoMoreThanAFew) {
  // Who sends both sides of made-up connections numbers all of them alike.
  NatTraffic traffic;
  for (std::uint16_t i = 0; i < 500; ++i) {
    const std::string server = "192.0.2." + std::to_string(i % 250);
    const Legs leg = {{i % 2 == 0 ? "lan0" : "lan1", "192.168.1.9",
                       static_cast<std::uint16_t>(40'000 + i), server, 25}};
    traffic.isn(7, 8).syn(leg).syn_ack(leg).greet(leg);
  }
  const ReplayResult result = traffic.verdict();
  EXPECT_GT(result.flows.size(), 480U);
  EXPECT_EQ(flows_counted(result), result.flows.size());
}

}  // namespace
}  // namespace mxray::test
