// SPDX-License-Identifier: Apache-2.0
// Does a question of our own meet this host's firewall as one from outside would?
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string>

#include "probe/inject.h"
#include "probe_namespace.h"
#include "trace/ident_knock.h"
#include "trace/outside_addresses.h"
#include "trace/packet.h"

namespace mxray::test {
namespace {

using trace::KnockOutcome;
using trace::KnockResult;

constexpr double kTimeoutSeconds = 0.5;

// `wan` leads to a router; `lan` and the loopback lead nowhere.
class IdentKnock : public InNamespace, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    outside_.emplace();
    run("ip link add wan type veth peer name router");
    move_interface("router", *outside_);
    run("ip link set wan up && ip link set lo up && ip addr add 192.0.2.2/24 dev wan && "
        "ip addr add 2001:db8:2::2/64 dev wan nodad && ip route add default via 192.0.2.1 && "
        "ip -6 route add default via 2001:db8:2::1");
    outside_->inside([] {
      run("ip link set router up && ip addr add 192.0.2.1/24 dev router && "
          "ip addr add 2001:db8:2::1/64 dev router nodad");
      wait_until_up("router");
    });
    wait_until_up("wan");
  }

  // The kernel takes up to a second to, and drops what is sent before.
  static void wait_until_up(const std::string& interface) {
    run("for i in $(seq 500); do ip link show " + interface +
        " | grep -q 'state UP' && exit; sleep 0.01; done; exit 1");
  }

  static void refuse_with(const std::string& statement) {
    run("nft 'add table inet t; add chain inet t input { type filter hook input priority 0; }; "
        "add rule inet t input iifname \"wan\" tcp dport 113 " +
        statement + "'");
  }

  [[nodiscard]] KnockResult knock() const {
    const auto addresses = trace::outside_addresses();
    const auto own = std::find_if(addresses.begin(), addresses.end(), [](const auto& one) {
      return one.interface == "wan" && is_ipv4(one.address) != GetParam();
    });
    if (own == addresses.end()) throw std::runtime_error("wan has no address");
    const trace::Knock question{own->address, own->neighbour.value(), own->ifindex, own->mac};
    const auto result = trace::knock(question, inject_frame, kTimeoutSeconds);
    if (!result) throw std::runtime_error(result.error().message);
    return *result;
  }

  std::optional<Namespace> outside_;
};

TEST_P(IdentKnock, WithoutFirewallAndDaemonIsReset) {
  EXPECT_EQ(knock().outcome, KnockOutcome::kReset);
}

TEST_P(IdentKnock, MeetsTheRuleForTheInterfaceThatDropsIt) {
  refuse_with("drop");
  const KnockResult result = knock();
  EXPECT_EQ(result.outcome, KnockOutcome::kDropped);
  EXPECT_GE(result.seconds, kTimeoutSeconds);
}

TEST_P(IdentKnock, SeesTheFirewallsReset) {
  refuse_with("reject with tcp reset");
  EXPECT_EQ(knock().outcome, KnockOutcome::kReset);
}

TEST_P(IdentKnock, SeesAnIcmpError) {
  refuse_with("reject with icmpx type admin-prohibited");
  const KnockResult result = knock();
  EXPECT_EQ(result.outcome, KnockOutcome::kUnreachable);
  EXPECT_EQ(trace::unreachable_reason(!GetParam(), result.icmp_code.value_or(0)),
            "administratively prohibited");
}

TEST_P(IdentKnock, SeesAnIdentDaemon) {
  const Fd daemon(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(113);
  ASSERT_EQ(::bind(daemon.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
  ASSERT_EQ(::listen(daemon.get(), 1), 0);
  EXPECT_EQ(knock().outcome, KnockOutcome::kAnswered);
}

INSTANTIATE_TEST_SUITE_P(Ip, IdentKnock, testing::Bool(),
                         [](const auto& family) { return family.param ? "Ipv6" : "Ipv4"; });

}  // namespace
}  // namespace mxray::test
