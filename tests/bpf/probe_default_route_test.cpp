// SPDX-License-Identifier: Apache-2.0
// Which interfaces does `default-route` stand for, whatever the routes are?
#include <gmock/gmock.h>

#include "probe/default_route.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DefaultRoute : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    run("ip link set lo up");
    for (const std::string name : {"a", "b"}) {
      run("ip link add wan" + name + " type veth peer name far" + name);
      run("ip link set far" + name + " up; ip link set wan" + name + " up");
    }
    run("ip addr add 192.0.2.2/24 dev wana; ip addr add 198.51.100.2/24 dev wanb");
  }
  static std::vector<std::string> interfaces() {
    const auto found = default_route_interfaces();
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : std::vector<std::string>{};
  }
};

TEST_F(DefaultRoute, IsNoneWhereOnlyNeighboursAreReached) { EXPECT_THAT(interfaces(), IsEmpty()); }

TEST_F(DefaultRoute, IsTheOneWithTheLeastMetric) {
  run("ip route add default via 192.0.2.1 metric 100");
  EXPECT_THAT(interfaces(), ElementsAre("wana"));
  run("ip route add default via 198.51.100.1 metric 50");
  EXPECT_THAT(interfaces(), ElementsAre("wanb"));
  run("ip route add default dev wana");  // metric 0
  EXPECT_THAT(interfaces(), ElementsAre("wana"));
}

TEST_F(DefaultRoute, IsEachWayOfARouteThatHasSeveral) {
  run("ip route add default nexthop via 192.0.2.1 nexthop via 198.51.100.1");
  EXPECT_THAT(interfaces(), UnorderedElementsAre("wana", "wanb"));
}

TEST_F(DefaultRoute, IsThatOfEachAddressFamilyNamedOnce) {
  run("ip route add default via 192.0.2.1; ip -6 route add default dev wanb");
  EXPECT_THAT(interfaces(), ElementsAre("wana", "wanb"));
  run("ip -6 route replace default dev wana metric 1");
  EXPECT_THAT(interfaces(), ElementsAre("wana"));
}

TEST_F(DefaultRoute, IsNoRouteThatLeadsNowhereOrStandsInAnotherTable) {
  run("ip route add unreachable default; ip -6 route add unreachable default metric 1");
  run("ip route add default via 192.0.2.1 table 100");
  EXPECT_THAT(interfaces(), IsEmpty());
}

}  // namespace
}  // namespace mxray::test
