// SPDX-License-Identifier: Apache-2.0
// Which interfaces does `default-route` stand for, whatever the routes are?
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "probe/route_watch.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class DefaultRoute : public InNamespace {
 protected:
  void SetUp() override {
    InNamespace::SetUp();
    if (IsSkipped()) return;
    run("ip link set lo up");
    for (const std::string name : {"a", "b"}) add_uplink(name);
    run("ip addr add 192.0.2.2/24 dev wana; ip addr add 198.51.100.2/24 dev wanb");
  }
  static void add_uplink(const std::string& name) {
    run("ip link add wan" + name + " type veth peer name far" + name);
    run("ip link set far" + name + " up; ip link set wan" + name + " up");
  }
  static std::vector<std::string> interfaces() {
    const auto watch = RouteWatch::start();
    EXPECT_TRUE(watch) << watch.error().message;
    return watch ? watch->interfaces() : std::vector<std::string>{};
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

/// A watch that has been told of everything that went before.
class DefaultRouteFollowed : public DefaultRoute {
 protected:
  void SetUp() override {
    DefaultRoute::SetUp();
    if (IsSkipped()) return;
    run("ip route add default via 192.0.2.1");
    auto watch = RouteWatch::start();
    ASSERT_TRUE(watch) << watch.error().message;
    watch_.emplace(*std::move(watch));
    (void)looks();
  }
  /// Whether the watch finds a reason to look, long after it last did.
  bool looks() {
    watch_->read();
    now_ns_ += 2 * RouteWatch::kBetweenLooksNs;
    const auto looked = watch_->look(now_ns_);
    EXPECT_TRUE(looked) << looked.error().message;
    return looked && *looked;
  }
  std::optional<RouteWatch> watch_;
  std::uint64_t now_ns_ = monotonic_ns();
};

TEST_F(DefaultRouteFollowed, IsAskedForOnlyAfterAChangeOfADefaultRoute) {
  EXPECT_FALSE(looks());
  run("ip route add 203.0.113.0/24 via 192.0.2.1; ip -6 route add 2001:db8:9::/48 dev wana");
  run("ip route add default via 192.0.2.1 table 100; ip link set wanb down; ip link set lo down");
  EXPECT_FALSE(looks());
  run("ip -6 route add default dev wana metric 7");
  EXPECT_TRUE(looks());
  EXPECT_FALSE(looks());
}

TEST_F(DefaultRouteFollowed, IsTheNewOneAfterAFailoverAndTheOldOneAfterItIsBack) {
  run("ip route replace default via 198.51.100.1");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb"));
  run("ip route replace default via 192.0.2.1");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wana"));
}

TEST_F(DefaultRouteFollowed, IsTheLastOneWhileThereIsNone) {
  run("ip link del wana");  // takes the IPv4 route along without an event of its own
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wana"));
  run("ip -6 route add default dev wanb");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wana", "wanb")) << "IPv6 is no help to IPv4";
  run("ip route add default dev wanb");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb"));
}

TEST_F(DefaultRouteFollowed, FallsBackToTheNextOneWhenTheKernelDropsItSilently) {
  run("ip route add default via 198.51.100.1 metric 50");
  EXPECT_TRUE(looks());
  for (const std::string loss : {"ip link set wana down", "ip addr flush dev wana"}) {
    EXPECT_THAT(watch_->interfaces(), ElementsAre("wana")) << "before " << loss;
    run(loss);
    EXPECT_TRUE(looks()) << loss;
    EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb")) << "after " << loss;
    run("ip link set wana up; ip addr replace 192.0.2.2/24 dev wana");
    run("ip route add default via 192.0.2.1");
    EXPECT_TRUE(looks());
  }
}

TEST_F(DefaultRouteFollowed, FallsBackToTheNextOneWhenItsNexthopIsDeleted) {
  run("ip route replace default via 198.51.100.1 metric 50");
  run("ip nexthop add id 7 via 192.0.2.1 dev wana; ip route replace default nhid 7");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wana"));
  run("ip nexthop add id 8 via 198.51.100.1 dev wanb; ip nexthop del id 8");
  EXPECT_FALSE(looks()) << "no default route went over this one";
  run("ip nexthop del id 7");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb"));
}

TEST_F(DefaultRouteFollowed, FollowsItsGroupOfNexthopsUntilThatIsDeleted) {
  run("ip route replace default via 198.51.100.1 metric 50");
  run("ip nexthop add id 7 via 192.0.2.1 dev wana; ip nexthop add id 9 group 7");
  run("ip route replace default nhid 9");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wana"));
  run("ip nexthop replace id 7 via 198.51.100.1 dev wanb");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb"));
  run("ip nexthop replace id 7 via 192.0.2.1 dev wana");
  EXPECT_TRUE(looks());
  run("ip nexthop del id 9");
  EXPECT_TRUE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb"));
}

TEST_F(DefaultRouteFollowed, IsNotAskedForAgainBeforeItsTimeHoweverMuchRoutesFlap) {
  run("ip route replace default via 198.51.100.1");
  EXPECT_TRUE(looks());
  run("ip route replace default via 192.0.2.1");
  watch_->read();
  const auto early = watch_->look(now_ns_ + RouteWatch::kBetweenLooksNs - 1);
  ASSERT_TRUE(early);
  EXPECT_FALSE(*early);
  EXPECT_TRUE(looks()) << "what came in between was forgotten";
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wana"));
}

/// While it lives no further descriptor can be had, so the kernel cannot be asked.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(DefaultRouteFollowed, IsNotFollowedUntilALookSucceedsAgain) {
  run("ip route replace default via 198.51.100.1");
  watch_->read();
  now_ns_ += RouteWatch::kBetweenLooksNs;
  {
    const NoDescriptors none;
    ASSERT_FALSE(watch_->look(now_ns_));
  }
  const auto between = watch_->look(now_ns_ + 1'000'000'000);
  ASSERT_FALSE(between) << "it has not looked again, and says that all is well";
  EXPECT_THAT(between.error().message, HasSubstr("cannot be followed"));
  EXPECT_TRUE(looks());
  EXPECT_FALSE(looks());
  EXPECT_THAT(watch_->interfaces(), ElementsAre("wanb"));
}

TEST_F(DefaultRouteFollowed, IsAskedForOnceAfterEventsWereLost) {
  const int little = 4096;
  ASSERT_EQ(::setsockopt(watch_->fd(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
  run("for i in $(seq 20); do echo link set wanb down; echo link set wanb up; done | ip -b -");
  EXPECT_TRUE(looks());
  EXPECT_FALSE(looks());
}

TEST_F(DefaultRouteFollowed, ATableThatIsFilledWakesNobody) {
  run("for i in $(seq 0 9999); do echo route add 20.0.$((i / 256)).$((i % 256)) via 192.0.2.1; "
      "done | ip -b -");
  char byte = 0;
  EXPECT_EQ(::recv(watch_->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), -1);
  EXPECT_EQ(errno, EAGAIN);
}

}  // namespace
}  // namespace mxray::test
