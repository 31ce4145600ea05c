// SPDX-License-Identifier: Apache-2.0
// S3: is it known why inside clients do not reach the published server, and is
// nothing said where the gateway is not to blame?
#include <gmock/gmock.h>

#include "unit/nat_traffic.h"

namespace mxray::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kSecond = NatTraffic::kSecond;

// The same network in both families, as scripts/lab/nat.sh builds it.
struct Family {
  std::string away, published, server, office, branch, gateway, office_network;
};
const Family kIpv4 = {"198.51.100.7",  "203.0.113.88", "192.168.1.55",  "192.168.1.100",
                      "192.168.2.100", "192.168.1.1",  "192.168.1.0/24"};
const Family kIpv6 = {"2001:db8:51::7", "2001:db8:88::88", "fd00:1::55", "fd00:1::100",
                      "fd00:2::100",    "fd00:1::1",       "fd00:1::/64"};

class Hairpin : public testing::TestWithParam<const Family*> {
 protected:
  const Family& f = *GetParam();

  Legs outside(std::uint16_t port = 25, std::uint16_t client_port = 40001) const {
    return {{"wan0", f.away, client_port, f.published, port},
            {"lan0", f.away, client_port, f.server, port}};
  }
  // An inside client's SYN that nobody translates.
  Legs asked(std::uint16_t port = 25, std::uint16_t client_port = 50000) const {
    return {{"lan0", f.office, client_port, f.published, port}};
  }
  Legs returned(std::uint16_t client_port = 50000) const {
    return {{"lan0", f.office, client_port, f.published, 25},
            {"lan0", f.office, client_port, f.server, 25}};
  }
  Legs right(std::uint16_t client_port = 50000) const {
    return {{"lan0", f.office, client_port, f.published, 25},
            {"lan0", f.gateway, client_port, f.server, 25}};
  }
  Legs branch(std::uint16_t client_port = 50000) const {
    return {{"lan1", f.branch, client_port, f.published, 25},
            {"lan0", f.branch, client_port, f.server, 25}};
  }
  /// The gateway's world in which outside clients reach three ports.
  NatTraffic published() const {
    NatTraffic traffic;
    traffic.hops(3, 0);
    for (const std::uint16_t port : std::initializer_list<std::uint16_t>{25, 110, 143})
      traffic.session(outside(port));
    return traffic.hops(0, 0);
  }
};

INSTANTIATE_TEST_SUITE_P(Families, Hairpin, testing::Values(&kIpv4, &kIpv6),
                         [](const auto& tested) {
                           return std::string(tested.param == &kIpv4 ? "IPv4" : "IPv6");
                         });

std::vector<Incident> hairpins_of(const ReplayResult& result) {
  std::vector<Incident> incidents;
  for (const Incident& incident : result.incidents) {
    if (incident.kind == Kind::kHairpinFailure) incidents.push_back(incident);
  }
  return incidents;
}

TEST_P(Hairpin, RefusedByTheGatewayItselfIsToldWithTheMissingRule) {
  const auto incidents = hairpins_of(published().refusal(asked()).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  const Incident& incident = incidents[0];
  EXPECT_EQ(incident.confidence, Confidence::kProbable);
  EXPECT_EQ(incident.interface, "lan0");
  EXPECT_EQ(to_string(incident.client.address), f.office);
  EXPECT_EQ(to_string(incident.translation->original->address), f.published);
  EXPECT_EQ(incident.translation->translated, std::nullopt);
  EXPECT_EQ(incident.translation->syn_count, 1);
  EXPECT_THAT(incident.summary, HasSubstr("this gateway refused it itself; only what comes in on "
                                          "wan0 is led to"));
  EXPECT_THAT(incident.remedy, HasSubstr("Left out: ports 25, 110 and 143."));
  const bool ipv6 = f.published == kIpv6.published;
  EXPECT_THAT(
      incident.remedy,
      HasSubstr(std::string("iifname \"lan0\" ") + (ipv6 ? "ip6" : "ip") + " daddr " + f.published +
                " tcp dport { 25, 110, 143 } dnat " + (ipv6 ? "ip6" : "ip") + " to " + f.server));
  EXPECT_THAT(incident.remedy,
              HasSubstr(std::string(ipv6 ? "\n  ip6tables" : "\n  iptables") +
                        " -t nat -I POSTROUTING -s " + f.office_network + " -d " + f.server +
                        " -o lan0 -p tcp -m multiport --dports "
                        "25,110,143 -j MASQUERADE"));
  EXPECT_THAT(incident.remedy, Not(HasSubstr("guess")));
}

TEST_P(Hairpin, IsToldByACaptureWithoutTheGatewaysOwnAccount) {
  const auto incidents = hairpins_of(published().refusal(asked()).verdict());
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].confidence, Confidence::kProbable);
  EXPECT_THAT(incidents[0].remedy, HasSubstr(f.office_network + " is a guess"));
}

TEST_P(Hairpin, IsToldOnceTheServiceIsKnown) {
  NatTraffic traffic;
  traffic.refusal(asked()).hops(3, 0).session(outside()).wait(2 * kSecond).session(outside(110));
  EXPECT_EQ(hairpins_of(traffic.verdict(gateway_settings())).size(), 1U);
}

TEST_P(Hairpin, ThatMetSilenceIsJudgedByWhatIsKnownWithinTenSeconds) {
  for (const int seconds : {2, 60}) {
    NatTraffic traffic;
    traffic.silence(asked()).wait(static_cast<std::uint64_t>(seconds) * kSecond);
    traffic.hops(3, 0).session(outside()).wait(2 * kSecond).session(outside(110));
    EXPECT_EQ(hairpins_of(traffic.verdict(gateway_settings())).size(), seconds < 10 ? 1U : 0U);
  }
}

TEST_P(Hairpin, DroppedByTheGatewayIsToldAtTheThirdSyn) {
  NatTraffic two = published().silence(asked(), 2).wait(60 * kSecond);
  EXPECT_EQ(hairpins_of(two.verdict(gateway_settings())).size(), 0U);
  const auto incidents = hairpins_of(published().silence(asked()).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].confidence, Confidence::kProbable);
  EXPECT_EQ(incidents[0].translation->syn_count, 3);
  EXPECT_THAT(incidents[0].summary, HasSubstr("answered none of 3 SYNs and sent none on"));
}

TEST_P(Hairpin, AnsweredByAServerOnTheGatewayIsTold) {
  const ReplayResult result = published().session(asked()).verdict(gateway_settings());
  const auto incidents = hairpins_of(result);
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_THAT(incidents[0].summary, HasSubstr("a server on this gateway answered"));
  EXPECT_TRUE(std::any_of(result.flows.begin(), result.flows.end(), [&](const FlowView& flow) {
    return flow.incidents == std::vector{incidents[0].id};
  }));
}

TEST_P(Hairpin, ReturnedToTheServersOwnSegmentIsCertain) {
  const auto incidents = hairpins_of(published().silence(returned()).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  const Incident& incident = incidents[0];
  EXPECT_EQ(incident.confidence, Confidence::kCertain);
  EXPECT_EQ(to_string(incident.translation->translated->address), f.server);
  EXPECT_THAT(incident.summary, HasSubstr("past the gateway"));
  EXPECT_THAT(incident.remedy, HasSubstr("masquerade"));
  EXPECT_THAT(incident.remedy, Not(HasSubstr("dnat"))) << "that rule is there already";
}

TEST_P(Hairpin, ReturnedWithoutSignOfLifeIsNotCertainInACapture) {
  const auto incidents = hairpins_of(NatTraffic().silence(returned()).verdict());
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].confidence, Confidence::kProbable);
}

TEST_P(Hairpin, OfAnotherSegmentNeedsNoMasquerade) {
  const Legs asked_from_branch = {{"lan1", f.branch, 50000, f.published, 25}};
  const auto incidents =
      hairpins_of(published().refusal(asked_from_branch).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_THAT(incidents[0].remedy, HasSubstr("iifname \"lan1\""));
  EXPECT_THAT(incidents[0].remedy, Not(HasSubstr("masquerade")));
}

TEST_P(Hairpin, LeavesOutPortsThatWork) {
  const Legs pop3_works = {{"lan0", f.office, 50001, f.published, 110},
                           {"lan0", f.gateway, 50001, f.server, 110}};
  const auto incidents =
      hairpins_of(published().session(pop3_works).refusal(asked()).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_THAT(incidents[0].remedy, HasSubstr("Left out: ports 25 and 143."));
}

TEST_P(Hairpin, FailedManyTimesIsOneIncidentWithFewAmendments) {
  NatTraffic traffic = published();
  for (std::uint16_t i = 0; i < 100; ++i) {
    traffic.refusal(asked(25, static_cast<std::uint16_t>(50000 + i)));
  }
  const auto incidents = hairpins_of(traffic.verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_LE(incidents[0].amendments, 8U);
  EXPECT_THAT(incidents[0].summary, HasSubstr("64 attempts of 1 client so far"));
  EXPECT_TRUE(incidents[0].ongoing);
}

TEST_P(Hairpin, ThatWorksAgainEndsTheIncident) {
  const auto incidents =
      hairpins_of(published().refusal(asked()).session(right(50009)).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_FALSE(incidents[0].ongoing);
  EXPECT_EQ(incidents[0].evidence.back().signal, "works_since");
}

TEST_P(Hairpin, ThatNobodyTriesAnyMoreEndsTheIncident) {
  const auto incidents = hairpins_of(published()
                                         .refusal(asked())
                                         .wait(700 * kSecond)
                                         .session(outside(25, 40900))
                                         .verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_FALSE(incidents[0].ongoing);
}

TEST(ManyHairpins, EndTheIncidentThatMustMakeRoom) {
  NatTraffic traffic;
  traffic.hops(3, 0).session({{"wan0", kIpv4.away, 40001, kIpv4.published, 25},
                              {"lan0", kIpv4.away, 40001, kIpv4.server, 25}});
  traffic.hops(0, 0);
  for (int i = 0; i <= 1024; ++i) {  // a network each, all within the ten minutes
    const std::string client = "10." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    traffic.wait(kSecond / 200);  // more than 256 a second are only counted
    traffic.fresh().syn({{"lan0", client + ".9", 50000, kIpv4.published, 25}});
    traffic.reset({{"lan0", client + ".9", 50000, kIpv4.published, 25}});
  }
  const auto incidents = hairpins_of(traffic.wait(kSecond).verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1025U);
  EXPECT_FALSE(incidents.front().ongoing);
  EXPECT_TRUE(incidents[1].ongoing);
}

TEST_P(Hairpin, SeenOnABridgeAndItsPortIsOneIncident) {
  const Legs both = {{"lan0", f.office, 50000, f.published, 25},
                     {"port1", f.office, 50000, f.published, 25}};
  NatTraffic traffic = published();
  traffic.fresh().syn(both).reset({both[0]}).reset({both[1]}).wait(kSecond);
  const auto incidents = hairpins_of(traffic.verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].amendments, 0U);
}

TEST_P(Hairpin, FailsForInsideClientsWithPublicAddressesToo) {
  const bool ipv6 = f.published == kIpv6.published;
  const Legs routed = {{"lan0", ipv6 ? "2001:db8:77::5" : "198.18.5.5", 50000, f.published, 25}};
  NatTraffic traffic = published();
  traffic.hops(1, 0).refusal(routed);  // behind another router on the server's side
  EXPECT_EQ(hairpins_of(traffic.verdict(gateway_settings())).size(), 1U);
  EXPECT_EQ(hairpins_of(traffic.verdict()).size(), 1U);
}

TEST_P(Hairpin, IsNoFailureWhere) {
  struct Innocent {
    const char* what;
    NatTraffic traffic;
  };
  const Legs unpublished = asked(587);
  const Legs direct = {{"lan0", f.office, 50000, f.server, 25}};
  const Legs own_server_is_silent = {{"lan1", f.branch, 50000, f.server, 25},
                                     {"lan0", f.branch, 50000, f.server, 25}};
  const Legs outsider = {{"wan0", f.away, 41000, f.published, 25}};
  const Legs local_mta = {{"lan0", f.office, 50000, f.gateway, 25}};
  const Legs caught = {{"lan0", f.office, 50000, f.away, 25},
                       {"lan1", f.office, 50000, f.branch, 25}};
  NatTraffic down_for_all = published();
  for (std::uint16_t i = 0; i < 3; ++i) {
    down_for_all.hops(3, 0).refusal(
        {{"wan0", f.away, static_cast<std::uint16_t>(42000 + i), f.published, 25}});
  }
  const std::vector<Innocent> innocents = {
      {"the hairpin works", published().session(right())},
      {"another segment needs no masquerade", published().session(branch())},
      {"the port is published nowhere", published().refusal(unpublished)},
      {"nobody knows that the port is published", NatTraffic().refusal(asked())},
      {"the server refuses, and the refusal is routed", published().refusal(right())},
      {"the server refuses another segment", published().refusal(branch())},
      {"the server is silent behind right rules", published().silence(right(), 5)},
      {"the server is silent for another segment", published().silence(branch(), 5)},
      {"inside clients ask the server itself, which is down", published().silence(direct, 5)},
      {"... from another segment", published().silence(own_server_is_silent, 5)},
      {"outside clients are refused by the gateway", published().hops(3, 0).refusal(outsider)},
      {"outside clients are dropped", published().hops(3, 0).silence(outsider, 5)},
      {"the gateway refuses everybody", down_for_all.hops(0, 0).refusal(asked())},
      {"the gateway's own server answers on its inner address", published().session(local_mta)},
      {"its SYN-ACK was routed, though the server's leg was not seen",
       published().hops(0, 1).session(asked())},
      {"a refusal was routed, though the server's leg was not seen",
       published().hops(0, 1).refusal(asked())},
      {"the server's answer is lost on its way back through the gateway",
       published()
           .fresh()
           .syn(branch())
           .syn_ack({branch()[1]})
           .wait(kSecond)
           .syn({branch()[0]})
           .syn_ack({branch()[1]})
           .wait(2 * kSecond)
           .syn({branch()[0]})
           .syn_ack({branch()[1]})
           .wait(60 * kSecond)},
      {"what leaves is caught by a proxy, which refuses some of it",
       NatTraffic().session(caught).refusal({caught.front()}).silence({caught.front()})},
      {"the last sign of life is old",
       published().wait(900 * kSecond).silence(asked(), 5).wait(20 * kSecond)},
  };
  for (const auto& [what, traffic] : innocents) {
    EXPECT_EQ(hairpins_of(traffic.verdict(gateway_settings())).size(), 0U) << what;
    EXPECT_EQ(hairpins_of(traffic.verdict()).size(), 0U) << what << " (as a capture)";
  }
}

TEST_P(Hairpin, ScanOfTheGatewayRaisesNothingButWhereTheServiceIs) {
  NatTraffic traffic = published();
  std::uint16_t client_port = 50000;
  for (const std::uint16_t port :
       std::initializer_list<std::uint16_t>{25, 465, 587, 2525, 995, 993}) {
    traffic.refusal(asked(port, client_port++));
  }
  const auto incidents = hairpins_of(traffic.verdict(gateway_settings()));
  ASSERT_EQ(incidents.size(), 1U);
  EXPECT_EQ(incidents[0].server.port, 25);
}

TEST_P(Hairpin, FloodOfSynsIsForgottenWithoutHarm) {
  NatTraffic traffic = published();
  for (int i = 0; i < 6000; ++i) {
    const Legs spoofed = {{"wan0", "198.51.100." + std::to_string(i % 250),
                           static_cast<std::uint16_t>(1024 + i), "203.0.113.88", 25}};
    traffic.fresh().syn(spoofed).syn(spoofed);
  }
  traffic.session(outside(25, 40900)).refusal(asked());
  EXPECT_EQ(hairpins_of(traffic.verdict(gateway_settings())).size(), 1U);
}

}  // namespace
}  // namespace mxray::test
