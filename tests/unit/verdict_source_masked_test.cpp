// SPDX-License-Identifier: Apache-2.0
// S3: is it told when the server sees the gateway instead of its clients?
#include <gmock/gmock.h>

#include "unit/nat_traffic.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;

Legs masked(int client, const std::string& mask = "192.168.1.1", std::uint16_t port = 25) {
  const std::string address = "198.51.100." + std::to_string(client);
  const auto client_port = static_cast<std::uint16_t>(40000 + client);
  return {{"wan0", address, client_port, "203.0.113.88", port},
          {"lan0", mask, client_port, "192.168.1.55", port}};
}

std::vector<Incident> masks_of(const ReplayResult& result) {
  std::vector<Incident> incidents;
  for (const Incident& incident : result.incidents) {
    if (incident.kind == Kind::kSourceMasked) incidents.push_back(incident);
  }
  return incidents;
}

NatTraffic outside(int first, int last) {
  NatTraffic traffic;
  traffic.hops(3, 0);
  for (int i = first; i <= last; ++i) traffic.session(masked(i));
  return traffic;
}

TEST(SourceMasked, IsToldOfTheFirstClientWhereTheGatewayKnowsItsAddresses) {
  const ReplayResult result = outside(7, 7).verdict(gateway_settings());
  const auto incidents = masks_of(result);
  ASSERT_EQ(incidents.size(), 1U);
  const Incident& incident = incidents[0];
  EXPECT_EQ(incident.confidence, Confidence::kProbable);
  EXPECT_EQ(to_string(incident.client), "192.168.1.1:40007");
  EXPECT_EQ(to_string(*incident.inside_client), "198.51.100.7:40007");
  EXPECT_EQ(to_string(*incident.translation->original), "203.0.113.88:25");
  EXPECT_EQ(to_string(*incident.translation->translated), "192.168.1.55:25");
  EXPECT_THAT(incident.summary, HasSubstr("198.51.100.7 of 203.0.113.88:25 on wan0 shows "
                                          "192.168.1.1 at the server 192.168.1.55:25, an address "
                                          "of this gateway"));
  EXPECT_THAT(incident.summary, HasSubstr("SPF"));
  ASSERT_EQ(result.flows.size(), 1U);
  EXPECT_EQ(result.flows[0].incidents, std::vector{incident.id});
}

TEST(SourceMasked, IsOneIncidentThatCountsItsClients) {
  const auto incidents = masks_of(outside(1, 100).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].confidence, Confidence::kCertain);
  EXPECT_THAT(incidents[0].summary, HasSubstr("64 outside clients"));
  EXPECT_LE(incidents[0].amendments, 8U);
}

TEST(SourceMasked, IsToldOfTheThirdClientInACapture) {
  EXPECT_EQ(masks_of(outside(7, 8).verdict()).size(), 0U);
  const auto incidents = masks_of(outside(7, 9).verdict());
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_THAT(incidents[0].summary, HasSubstr("3 outside clients"));
  EXPECT_THAT(incidents[0].remedy, HasSubstr("192.168.1.0/24 is a guess"));
}

TEST(SourceMasked, NamesTheRuleThatExemptsOutsideClients) {
  NatTraffic traffic = outside(7, 9);
  traffic.session(masked(9, "192.168.1.1", 143)).session(masked(7));
  const auto incidents = masks_of(traffic.verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 2U) << "one a published port";
  EXPECT_THAT(incidents[1].remedy,
              HasSubstr("iifname \"wan0\" ip daddr 192.168.1.55 tcp dport { 25, 143 } snat ip to "
                        "ip saddr"));
  EXPECT_THAT(incidents[1].remedy,
              HasSubstr("iptables -t nat -I POSTROUTING ! -s 192.168.1.0/24 -d 192.168.1.55 -o "
                        "lan0 -p tcp -m multiport --dports 25,143 -m conntrack --ctstate DNAT -j "
                        "ACCEPT"));
}

TEST(SourceMasked, EndsTheIncidentThatMustMakeRoom) {
  NatTraffic traffic;
  traffic.hops(3, 0);
  AnalyzerSettings settings = gateway_settings();
  settings.is_local = [](const core::address&) { return true; };
  for (int i = 0; i <= 1024; ++i) {  // an address each
    const std::string mask = "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1);
    traffic.session(masked(7, mask));
  }
  const auto incidents = masks_of(traffic.verdict(settings));
  ASSERT_EQ(incidents.size(), 1025U);
  EXPECT_FALSE(incidents.front().ongoing);
  EXPECT_TRUE(incidents[1].ongoing);
}

TEST(SourceMasked, IsToldInIpv6) {
  NatTraffic traffic;
  traffic.hops(3, 0);
  traffic.session({{"wan0", "2001:db8:51::7", 40001, "2001:db8:88::88", 25},
                   {"lan0", "fd00:1::1", 40001, "fd00:1::55", 25}});
  const auto incidents = masks_of(traffic.verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_THAT(incidents[0].remedy, HasSubstr("ip6tables -t nat -I POSTROUTING ! -s fd00:1::/64"));
}

TEST(SourceMasked, IsToldOfAClientOnTheOutsideWireItself) {
  NatTraffic traffic;  // no router in between, and no network of the gateway's
  traffic.hops(0, 0).session({{"wan0", "2001:db8:51::7", 40001, "2001:db8:88::88", 25},
                              {"lan0", "fd00:1::1", 40001, "fd00:1::55", 25}});
  EXPECT_EQ(masks_of(traffic.verdict(gateway_settings())).size(), 1U);
}

TEST(SourceMasked, IsToldThoughWhatLeavesIsCaughtByARelayOutside) {
  NatTraffic traffic;
  traffic.session({{"lan0", "192.168.1.100", 50000, "198.51.100.25", 25},
                   {"wan0", "203.0.113.1", 50000, "198.51.100.99", 25}});
  traffic.hops(3, 0).session(masked(7)).session(masked(8)).session(masked(9));
  EXPECT_EQ(masks_of(traffic.verdict()).size(), 1U) << "wan0 is no server's side";
}

TEST(SourceMasked, IsNotToldWhere) {
  struct Innocent {
    const char* what;
    Legs legs;
  };
  const std::vector<Innocent> innocents = {
      {"an inside client is masqueraded for the hairpin",
       {{"lan0", "192.168.1.100", 50000, "203.0.113.88", 25},
        {"lan0", "192.168.1.1", 50000, "192.168.1.55", 25}}},
      {"... one of another segment",
       {{"lan1", "192.168.2.100", 50000, "203.0.113.88", 25},
        {"lan0", "192.168.1.1", 50000, "192.168.1.55", 25}}},
      {"... in IPv6",
       {{"lan0", "fd00:1::100", 50000, "2001:db8:88::88", 25},
        {"lan0", "fd00:1::1", 50000, "fd00:1::55", 25}}},
      {"an inside client speaks to a server outside",
       {{"lan0", "192.168.1.100", 50000, "198.51.100.25", 25},
        {"wan0", "203.0.113.1", 50000, "198.51.100.25", 25}}},
      {"the outside client keeps its address",
       {{"wan0", "198.51.100.7", 40001, "203.0.113.88", 25},
        {"lan0", "198.51.100.7", 40001, "192.168.1.55", 25}}},
      {"what leaves is caught by a relay outside",
       {{"lan0", "192.168.1.100", 50000, "198.51.100.25", 25},
        {"wan0", "203.0.113.1", 50000, "198.51.100.99", 25}}},
  };
  for (const auto& [what, legs] : innocents) {
    NatTraffic traffic;
    for (std::uint16_t i = 0; i < 5; ++i) {
      Legs more = legs;
      for (Leg& leg : more) leg.client_port = static_cast<std::uint16_t>(leg.client_port + i);
      traffic.session(more);
    }
    EXPECT_EQ(masks_of(traffic.verdict(gateway_settings())).size(), 0U) << what;
    EXPECT_EQ(masks_of(traffic.verdict()).size(), 0U) << what << " (as a capture)";
  }
}

}  // namespace
}  // namespace mxray::test
