// SPDX-License-Identifier: Apache-2.0
// Is the one direction of an interface that is not watched put on again, and the other
// left alone meanwhile?
#include <gmock/gmock.h>

#include "probe/interface_set.h"
#include "probe/kept_links.h"
#include "probe/pin_folder.h"
#include "probe_bpffs.h"

namespace mxray::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Filters keep the place they got: whether one was taken off and put on again shows.
constexpr AttachPolicy kClsact{AttachMode::kAuto, false};

class MissingDirectionTest : public WithBpffs {
 protected:
  void SetUp() override {
    WithBpffs::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run("tc qdisc add dev outer clsact");
  }

  [[nodiscard]] KeptLinks links() const {
    auto folder = PinFolder::open(bpffs_->directory());
    if (!folder) throw std::runtime_error(folder.error().message);
    return KeptLinks(folder->links());
  }

  /// As the daemon does it: with pins, and as `mxrayd --pin-dir ""` does.
  InterfaceSet watch(bool with_pins) const {
    InterfaceSet set(programs(), {"outer"}, kClsact,
                     with_pins ? std::optional(links()) : std::nullopt);
    if (!set.scan()) throw std::runtime_error("no scan");
    return set;
  }

  /// Another tool's filter, of another kind: what has a priority keeps it.
  static void occupy(const std::string& direction, int priority) {
    run(place("add", direction, priority) + " protocol all u32 match u32 0 0");
  }
  static void make_room(const std::string& direction, int priority) {
    run(place("del", direction, priority));
  }
  static std::string place(const std::string& verb, const std::string& direction, int priority) {
    return "tc filter " + verb + " dev outer " + direction + " prio " + std::to_string(priority);
  }
  /// Every place that the probe tries.
  static void occupy_all(const std::string& direction) {
    for (const int priority : {1, 2, 3}) occupy(direction, priority);
  }

  static std::string filters(const std::string& direction) {
    return run("tc filter show dev outer " + direction + " | grep 'handle 0x6d78' || true");
  }
  /// Of the incoming direction, then of the other.
  static std::vector<std::string> hooks(const InterfaceSet& set) {
    std::vector<std::string> hooks;
    for (const auto& attachment : set.attachments()) hooks.push_back(attachment.hook);
    return hooks;
  }
};

TEST_F(MissingDirectionTest, OneThatCouldNotBePutOnIsTriedAgainAndTheOtherStaysWhereItIs) {
  for (const bool with_pins : {false, true}) {
    occupy_all("egress");
    occupy("ingress", 1);
    auto set = watch(with_pins);
    EXPECT_THAT(hooks(set), ElementsAre("tc", "none"));
    EXPECT_THAT(set.attachments()[1].reason, HasSubstr("TC failed: no clsact filter"));
    ASSERT_THAT(filters("ingress"), HasSubstr("pref 2 "));
    make_room("ingress", 1);  // whoever is put on again now, comes here

    set.check();
    EXPECT_THAT(hooks(set), ElementsAre("tc", "none"));
    make_room("egress", 3);
    set.check();
    EXPECT_THAT(hooks(set), ElementsAre("tc", "tc"));
    EXPECT_EQ(set.attachments()[1].reason, "only TC sees what leaves");
    EXPECT_THAT(filters("egress"), HasSubstr("pref 3 "));
    EXPECT_THAT(filters("ingress"), HasSubstr("pref 2 ")) << "the direction that worked came off";
    for (const int priority : {1, 2}) make_room("egress", priority);
    links().take_off_others({});
  }
}

TEST_F(MissingDirectionTest, IncomingIsTriedAgainAsWell) {
  occupy_all("ingress");
  occupy("egress", 1);
  auto set = watch(false);
  EXPECT_THAT(hooks(set), ElementsAre("none", "tc"));
  make_room("egress", 1);
  make_room("ingress", 1);
  set.check();
  EXPECT_THAT(hooks(set), ElementsAre("tc", "tc"));
  EXPECT_THAT(filters("ingress"), HasSubstr("pref 1 "));
  EXPECT_THAT(filters("egress"), HasSubstr("pref 2 ")) << "the direction that worked came off";
}

TEST_F(MissingDirectionTest, OneThatIsTakenOffByForceIsPutOnAgainAndTheOtherStaysWhereItIs) {
  for (const bool with_pins : {false, true}) {
    occupy("ingress", 1);
    auto set = watch(with_pins);
    EXPECT_THAT(hooks(set), ElementsAre("tc", "tc"));
    make_room("ingress", 1);
    make_room("egress", 1);  // ours
    ASSERT_EQ(filters("egress"), "");
    set.check();
    EXPECT_THAT(hooks(set), ElementsAre("tc", "tc"));
    EXPECT_THAT(filters("egress"), HasSubstr("pref 1 "));
    EXPECT_THAT(filters("ingress"), HasSubstr("pref 2 ")) << "the direction that worked came off";
    links().take_off_others({});
  }
}

TEST_F(MissingDirectionTest, WhatComesLaterKeepsNobodysQdiscAndTakesNobodys) {
  occupy_all("egress");
  {
    auto set = watch(false);
    make_room("egress", 1);
    set.check();
    EXPECT_THAT(hooks(set), ElementsAre("tc", "tc"));
    for (const int priority : {2, 3}) make_room("egress", priority);
  }
  EXPECT_THAT(run("tc qdisc show dev outer clsact"), HasSubstr("clsact")) << "was there before";
  EXPECT_EQ(filters("ingress") + filters("egress"), "");
}

TEST_F(MissingDirectionTest, NativeXdpIsNoStrangerToWhatIsPutOnBesideIt) {
  occupy_all("egress");
  InterfaceSet set(programs(), {"outer"}, {AttachMode::kNative, false});
  ASSERT_TRUE(set.scan());
  EXPECT_THAT(hooks(set), ElementsAre("xdp_native", "none"));
  make_room("egress", 1);
  set.check();
  EXPECT_THAT(hooks(set), ElementsAre("xdp_native", "tc"));
  for (const auto& attachment : set.attachments()) {
    EXPECT_THAT(attachment.reason, Not(HasSubstr("another XDP program")));
  }
}

}  // namespace
}  // namespace mxray::test
