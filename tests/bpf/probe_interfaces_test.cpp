// SPDX-License-Identifier: Apache-2.0
// Are interfaces followed that come late, vanish, or are made again?
#include <gmock/gmock.h>

#include <algorithm>

#include "probe/interface_set.h"
#include "probe/link_watch.h"
#include "probe/links.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Kind = LinkEvent::Kind;

class LinksTest : public InNamespace {};

TEST_F(LinksTest, TheFactsOfAVethAreReadByNetlink) {
  run("ip link add outer type veth peer name inner; ip link set outer up");
  const auto facts = facts_of("outer");
  EXPECT_EQ(facts.kind, "veth");
  EXPECT_EQ(facts.driver, "veth");
  EXPECT_EQ(facts.hardware_type, 1);
  EXPECT_TRUE(facts.up);
  EXPECT_FALSE(facts_of("inner").up);
  EXPECT_EQ(facts.xdp_program, 0U);
}

TEST_F(LinksTest, ATunHasNoEthernetHeaderAndATapHas) {
  run("ip tuntap add dev tun0 mode tun; ip tuntap add dev tap0 mode tap");
  EXPECT_EQ(link_header(facts_of("tun0")), LinkHeader::kRaw);
  EXPECT_EQ(link_header(facts_of("tap0")), LinkHeader::kEthernet);
}

TEST_F(LinksTest, TheDriverSaysWhetherItHasNativeXdp) {
  run("ip link add outer type veth peer name inner");
  const auto veth = facts_of("outer").native_xdp;
  if (!veth) GTEST_SKIP() << "the kernel does not say (before 6.3)";
  EXPECT_TRUE(*veth);
  EXPECT_EQ(facts_of("lo").native_xdp, false);
}

TEST_F(LinksTest, EventsTellWhatCameAndWentInOrder) {
  auto watch = LinkWatch::start();
  ASSERT_TRUE(watch) << watch.error().message;
  EXPECT_THAT(watch->read(), IsEmpty());
  run("ip link add outer type veth peer name inner; ip link del outer");
  const auto events = watch->read();
  const auto of_outer = [](Kind kind) {
    return [kind](const LinkEvent& event) { return event.name == "outer" && event.kind == kind; };
  };
  const auto came = std::ranges::find_if(events, of_outer(Kind::kPresent));
  const auto went = std::ranges::find_if(events, of_outer(Kind::kVanished));
  ASSERT_NE(came, events.end());
  ASSERT_NE(went, events.end());
  EXPECT_LT(came, went);
  EXPECT_EQ(came->ifindex, went->ifindex);
}

TEST_F(LinksTest, APortThatLeavesItsBridgeHasNotVanished) {
  run("ip link add outer type veth peer name inner; ip link add bridge0 type bridge");
  run("ip link set outer master bridge0");
  auto watch = LinkWatch::start();
  ASSERT_TRUE(watch) << watch.error().message;
  run("ip link set outer nomaster");
  for (const auto& event : watch->read()) EXPECT_NE(event.kind, Kind::kVanished);
}

TEST_F(LinksTest, EventsThatDidNotFitAreReportedAsMissed) {
  run("ip link add outer type veth peer name inner");
  auto watch = LinkWatch::start();
  ASSERT_TRUE(watch) << watch.error().message;
  run("for i in $(seq 500); do echo link set outer up; echo link set outer down; done | ip -b -");
  EXPECT_THAT(watch->read(), Contains(Field(&LinkEvent::kind, Kind::kMissed)));
}

class InterfaceSetTest : public WithPrograms {
 protected:
  void SetUp() override {
    WithPrograms::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto watch = LinkWatch::start();
    ASSERT_TRUE(watch) << watch.error().message;
    watch_.emplace(std::move(*watch));
    watch_by(AttachMode::kAuto);
  }

  void watch_by(AttachMode mode) {
    set_.emplace(programs(), std::vector<std::string>{"outer"}, AttachPolicy{mode});
  }

  void follow_events() { set_->follow(watch_->read()); }
  void expect_watched() const { EXPECT_THAT(set_->attachments(), both(tc_hook())); }
  void expect_waiting(const std::string& reason) const {
    EXPECT_THAT(set_->attachments(), both("none"));
    EXPECT_THAT(set_->attachments(), Contains(Field(&Attachment::reason, HasSubstr(reason))));
  }
  static ::testing::Matcher<std::vector<Attachment>> both(const std::string& hook) {
    return ElementsAre(
        AllOf(Field(&Attachment::direction, "ingress"), Field(&Attachment::hook, hook)),
        AllOf(Field(&Attachment::direction, "egress"), Field(&Attachment::hook, hook)));
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& attachment : set_->attachments()) names.push_back(attachment.interface);
    return names;
  }

  std::optional<LinkWatch> watch_;
  std::optional<InterfaceSet> set_;
};

TEST_F(InterfaceSetTest, AnInterfaceThatIsMissingIsAwaitedAndWatchedOnceItAppears) {
  ASSERT_TRUE(set_->scan());
  EXPECT_EQ(set_->present(), 0U);
  expect_waiting("waiting for it to appear");
  run("ip link add outer type veth peer name inner");
  follow_events();
  expect_watched();
  EXPECT_EQ(name_of(set_->names(), facts_of("outer").ifindex), "outer");
}

TEST_F(InterfaceSetTest, ANameMoreIsWatchedBesideTheOthersAndOnlyOnce) {
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  ASSERT_TRUE(set_->mean({"outer", "inner"}));
  ASSERT_TRUE(set_->mean({"outer", "inner"}));
  EXPECT_EQ(set_->present(), 2U);
  EXPECT_THAT(set_->attachments(), ::testing::SizeIs(4));
  EXPECT_THAT(set_->attachments(), ::testing::Each(Field(&Attachment::hook, tc_hook())));
}

TEST_F(InterfaceSetTest, ANameNoLongerMeantIsWatchedUntilItsInterfaceIsGone) {
  run("ip link add outer type veth peer name inner; ip tuntap add dev other mode tun");
  ASSERT_TRUE(set_->scan());
  ASSERT_TRUE(set_->mean({"other"}));
  EXPECT_THAT(names(), UnorderedElementsAre("outer", "outer", "other", "other"));
  EXPECT_EQ(set_->present(), 2U);
  run("ip link del outer");
  follow_events();
  EXPECT_THAT(names(), ElementsAre("other", "other"));
}

TEST_F(InterfaceSetTest, ANameNoLongerMeantKeepsTheOneDirectionThatCouldBeWatched) {
  ProgramFds only_ingress = programs();
  only_ingress.tc_ethernet = -1;
  set_.emplace(only_ingress, std::vector<std::string>{"outer"}, AttachPolicy{AttachMode::kNative});
  run("ip link add outer type veth peer name inner; ip tuntap add dev other mode tun");
  ASSERT_TRUE(set_->scan());
  ASSERT_NE(facts_of("outer").xdp_program, 0U);
  ASSERT_TRUE(set_->mean({"other"}));
  EXPECT_NE(facts_of("outer").xdp_program, 0U) << "the program that worked came off";
  EXPECT_THAT(names(), UnorderedElementsAre("outer", "outer", "other", "other"));
  run("ip link del outer");
  follow_events();
  EXPECT_THAT(names(), ElementsAre("other", "other"));
}

TEST_F(InterfaceSetTest, AnInterfaceThatVanishedIsForgottenOnceItIsNoLongerMeant) {
  run("ip link add outer type veth peer name inner; ip tuntap add dev other mode tun");
  ASSERT_TRUE(set_->scan());
  run("ip link del outer");
  follow_events();
  expect_waiting("vanished");
  ASSERT_TRUE(set_->mean({"other"}));
  EXPECT_THAT(names(), ElementsAre("other", "other"));
}

TEST_F(InterfaceSetTest, ManyRedialsLeaveNothingBehindButTheLatest) {
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  const auto first = facts_of("outer").ifindex;
  for (int number = 0; number < 18; ++number) {
    const std::string name = "ppp" + std::to_string(number);
    run("ip link del outer 2>/dev/null || ip link del ppp" + std::to_string(number - 1) +
        "; ip tuntap add dev " + name + " mode tun");
    follow_events();
    ASSERT_TRUE(set_->mean({name}));
  }
  EXPECT_THAT(names(), ElementsAre("ppp17", "ppp17"));
  EXPECT_EQ(name_of(set_->names(), first), "if" + std::to_string(first));
  EXPECT_EQ(name_of(set_->names(), facts_of("ppp17").ifindex - 1), "ppp16");
}

TEST_F(InterfaceSetTest, AVanishedInterfaceIsDroppedButItsNameRemembered) {
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  const auto ifindex = facts_of("outer").ifindex;
  run("ip link del outer");
  follow_events();
  EXPECT_EQ(set_->present(), 0U);
  expect_waiting("vanished");
  EXPECT_EQ(name_of(set_->names(), ifindex), "outer");
  EXPECT_EQ(name_of(set_->names(), ifindex + 1000), "if" + std::to_string(ifindex + 1000));
}

TEST_F(InterfaceSetTest, AnInterfaceMadeAgainIsWatchedAgainUnderItsNewNumber) {
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  const auto before = facts_of("outer").ifindex;
  run("ip link del outer; ip link add outer type veth peer name inner");
  const auto after = facts_of("outer").ifindex;
  ASSERT_NE(before, after);
  follow_events();
  expect_watched();
  EXPECT_EQ(name_of(set_->names(), after), "outer");
}

TEST_F(InterfaceSetTest, AnInterfaceMadeAgainUnderTheSameNumberIsWatchedAgain) {
  watch_by(AttachMode::kNative);  // netlink shows XDP programs, not TCX ones
  run("ip link add outer index 77 type veth peer name inner index 78");
  ASSERT_TRUE(set_->scan());
  run("ip link del outer; ip link add outer index 77 type veth peer name inner index 78");
  follow_events();
  EXPECT_NE(facts_of("outer").xdp_program, 0U);
}

TEST_F(InterfaceSetTest, LostEventsAreMadeUpForByAScan) {
  watch_by(AttachMode::kNative);  // netlink shows XDP programs, not TCX ones
  run("ip link add outer index 77 type veth peer name inner index 78");
  ASSERT_TRUE(set_->scan());
  run("ip link del outer; ip link add outer index 77 type veth peer name inner index 78");
  (void)watch_->read();  // as if the socket had overflowed
  set_->follow(std::vector<LinkEvent>{{Kind::kMissed, 0, {}, false}});
  EXPECT_NE(facts_of("outer").xdp_program, 0U);
}

TEST_F(InterfaceSetTest, ARenamedInterfaceIsNoLongerTheConfiguredOne) {
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  run("ip link set outer name other");
  follow_events();
  expect_waiting("vanished");
  run("ip link set other name outer");
  follow_events();
  expect_watched();
}

TEST_F(InterfaceSetTest, TwoWatchedInterfacesThatSwapNamesStayWatchedByTheSameHook) {
  set_.emplace(programs(), std::vector<std::string>{"outer", "inner"},
               AttachPolicy{AttachMode::kNative});
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  const auto before = facts_of("outer").ifindex;
  run("ip link set outer name aside; ip link set inner name outer; ip link set aside name inner");
  ASSERT_NE(facts_of("outer").ifindex, before);
  follow_events();
  for (const auto* name : {"outer", "inner"}) {
    EXPECT_NE(facts_of(name).xdp_program, 0U) << name;
    EXPECT_THAT(set_->attachments(), Contains(AllOf(Field(&Attachment::interface, name),
                                                    Field(&Attachment::hook, "xdp_native"))));
  }
}

TEST_F(InterfaceSetTest, GoingDownAndUpChangesNothing) {
  run("ip link add outer type veth peer name inner; ip link set outer up");
  ASSERT_TRUE(set_->scan());
  run("ip link set outer down; ip link set outer up");
  follow_events();
  expect_watched();
}

TEST_F(InterfaceSetTest, OtherInterfacesAreNoneOfItsBusiness) {
  run("ip link add outer type veth peer name inner");
  ASSERT_TRUE(set_->scan());
  run("ip link add another type veth peer name one; ip link del another");
  follow_events();
  expect_watched();
}

}  // namespace
}  // namespace mxray::test
