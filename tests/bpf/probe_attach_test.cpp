// SPDX-License-Identifier: Apache-2.0
// Do programs get onto the hook that was chosen, and leave nothing behind?
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "probe/interface_set.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class AttachTest : public WithPrograms {
 protected:
  void SetUp() override {
    WithPrograms::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run("ip link add outer type veth peer name inner");
  }

  static WatchedInterface watch(const std::string& name, AttachPolicy policy = {}) {
    return watch_interface(programs(), facts_of(name), policy);
  }
  static std::string clsact() { return run("tc qdisc show dev outer clsact"); }
  static std::string filters(const std::string& direction) {
    return run("tc filter show dev outer " + direction);
  }

  /// Attaches in a child that then dies without cleaning up.
  static void watch_and_be_killed(AttachPolicy policy) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto watched = watch("outer", policy);
      if (!watched.complete()) ::_exit(1);
      ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child could not attach";
  }
};

constexpr AttachPolicy kClsact{AttachMode::kAuto, false};

TEST_F(AttachTest, AVethIsWatchedByTcBothWaysAndSaysWhy) {
  const auto watched = watch("outer");
  ASSERT_TRUE(watched.complete());
  ASSERT_EQ(watched.attachments.size(), 2U);
  EXPECT_EQ(watched.attachments[0].interface, "outer");
  EXPECT_EQ(watched.attachments[0].direction, "ingress");
  EXPECT_EQ(watched.attachments[0].hook, tc_hook());
  EXPECT_THAT(watched.attachments[0].reason, HasSubstr("software device of kind veth"));
  EXPECT_EQ(watched.attachments[1].direction, "egress");
  EXPECT_EQ(watched.attachments[1].hook, tc_hook());
}

TEST_F(AttachTest, ForcedNativeXdpSitsInTheDriverAndGoesWithItsOwner) {
  {
    const auto watched = watch("outer", {AttachMode::kNative});
    EXPECT_EQ(watched.attachments[0].hook, "xdp_native");
    EXPECT_NE(facts_of("outer").xdp_program, 0U);
    EXPECT_THAT(run("ip link show outer"), Not(HasSubstr("xdpgeneric")));
  }
  EXPECT_EQ(facts_of("outer").xdp_program, 0U);
}

TEST_F(AttachTest, ForcedGenericXdpIsGeneric) {
  const auto watched = watch("outer", {AttachMode::kGeneric});
  EXPECT_EQ(watched.attachments[0].hook, "xdp_generic");
  EXPECT_THAT(run("ip link show outer"), HasSubstr("xdpgeneric"));
}

TEST_F(AttachTest, NativeXdpThatTheDriverRefusesFallsBackAndSaysSo) {
  const auto watched = watch("lo", {AttachMode::kNative});
  EXPECT_EQ(watched.attachments[0].hook, "xdp_generic");
  EXPECT_THAT(watched.attachments[0].reason, HasSubstr("native XDP failed"));
}

TEST_F(AttachTest, AForeignXdpProgramStaysAndTcTakesItsTurn) {
  const auto foreign = watch("outer", {AttachMode::kNative});
  const auto id = facts_of("outer").xdp_program;
  const auto watched = watch("outer", {AttachMode::kNative});
  EXPECT_EQ(watched.attachments[0].hook, tc_hook());
  EXPECT_THAT(watched.attachments[0].reason, HasSubstr("another XDP program"));
  EXPECT_EQ(facts_of("outer").xdp_program, id);
}

TEST_F(AttachTest, AnInterfaceWithoutLinkHeaderIsWatchedByTcOnly) {
  run("ip tuntap add dev tun0 mode tun");
  const auto watched = watch("tun0", {AttachMode::kNative});
  EXPECT_TRUE(watched.complete());
  EXPECT_EQ(watched.attachments[0].hook, tc_hook());
  EXPECT_THAT(watched.attachments[0].reason, HasSubstr("no Ethernet header"));
}

TEST_F(AttachTest, AnInterfaceThatIsGoneIsNoCrashButASentence) {
  const auto facts = facts_of("outer");
  run("ip link del outer");
  const auto watched = watch_interface(programs(), facts, {});
  EXPECT_EQ(watched.attachments[0].hook, "none");
  EXPECT_THAT(watched.attachments[0].reason, HasSubstr("the interface is gone"));
  EXPECT_EQ(watched.attachments[1].hook, "none");
}

TEST_F(AttachTest, NothingSurvivesAKilledDaemonWithLinks) {
  watch_and_be_killed({AttachMode::kNative});
  EXPECT_EQ(facts_of("outer").xdp_program, 0U);
}

TEST_F(AttachTest, WithoutTcxClsactIsMadeAndRemovedAgain) {
  {
    const auto watched = watch("outer", kClsact);
    EXPECT_EQ(watched.attachments[0].hook, "tc");
    EXPECT_EQ(watched.attachments[1].hook, "tc");
    EXPECT_THAT(filters("ingress"), HasSubstr("mxray_tc_eth"));
    EXPECT_THAT(filters("egress"), HasSubstr("mxray_tc_eth"));
  }
  EXPECT_EQ(clsact(), "");
}

TEST_F(AttachTest, AClsactThatWasThereBeforeStays) {
  run("tc qdisc add dev outer clsact");
  { const auto watched = watch("outer", kClsact); }
  EXPECT_THAT(clsact(), HasSubstr("clsact"));
  EXPECT_EQ(filters("ingress"), "");
}

TEST_F(AttachTest, LeftoversOfAKilledDaemonAreReplacedAndThenCleanedUp) {
  watch_and_be_killed(kClsact);
  ASSERT_THAT(filters("ingress"), HasSubstr("mxray_tc_eth")) << "nothing was left behind";
  const auto count = [](std::string_view text) {
    std::size_t filters = 0;
    for (auto at = text.find("handle 0x6d78"); at != std::string_view::npos;
         at = text.find("handle 0x6d78", at + 1)) {
      ++filters;
    }
    return filters;
  };
  {
    const auto watched = watch("outer", kClsact);
    EXPECT_TRUE(watched.complete());
    EXPECT_EQ(count(filters("ingress")), 1U);
    EXPECT_EQ(count(filters("egress")), 1U);
  }
  EXPECT_EQ(clsact(), "");
}

TEST_F(AttachTest, AnotherToolsFilterKeepsTheQdiscAlive) {
  {
    const auto watched = watch("outer", kClsact);
    run("tc filter add dev outer ingress prio 7 protocol all u32 match u32 0 0");
  }
  EXPECT_THAT(clsact(), HasSubstr("clsact"));
  EXPECT_THAT(filters("ingress"), HasSubstr("pref 7"));
  EXPECT_THAT(filters("ingress"), Not(HasSubstr("handle 0x6d78")));
}

}  // namespace
}  // namespace mxray::test
