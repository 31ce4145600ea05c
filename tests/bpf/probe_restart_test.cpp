// SPDX-License-Identifier: Apache-2.0
// What does one daemon's programs and maps leave to the next one's?
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "probe/interface_set.h"
#include "probe/kept_links.h"
#include "probe/pin_folder.h"
#include "probe/programs.h"
#include "probe_bpffs.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace files = std::filesystem;

class RestartTest : public WithBpffs {
 protected:
  [[nodiscard]] PinFolder open() const {
    auto folder = PinFolder::open(bpffs_->directory());
    if (!folder) throw std::runtime_error(folder.error().message);
    return std::move(*folder);
  }
  [[nodiscard]] KeptLinks links() const { return KeptLinks(open().links()); }

  static WatchedInterface watch(const KeptLinks& kept, AttachPolicy policy = {}) {
    return watch_interface(programs(), facts_of("outer"), policy, &kept);
  }
  static std::string filters() {
    return run("tc filter show dev outer ingress; tc filter show dev outer egress");
  }
  static std::ptrdiff_t count(const std::string& text, std::string_view part) {
    std::ptrdiff_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  [[nodiscard]] std::vector<std::string> pinned_links() const {
    std::vector<std::string> names;
    for (const auto& file : files::directory_iterator(open().links())) {
      names.push_back(file.path().filename().string().substr(2));
    }
    std::ranges::sort(names);
    return names;
  }

  /// As if a daemon had been killed while it pinned.
  void half_pin_all() const {
    std::vector<files::path> pins;
    for (const auto& file : files::directory_iterator(open().links())) pins.push_back(file.path());
    for (const auto& pin : pins) files::rename(pin, pin.string() + std::string(kHalfMade));
  }
};

constexpr AttachPolicy kClsact{AttachMode::kAuto, false};

TEST_F(RestartTest, AnXdpProgramStaysAndItsSuccessorIsNoStranger) {
  { const auto watched = watch(links(), {AttachMode::kNative}); }
  const auto left = facts_of("outer").xdp_program;
  ASSERT_NE(left, 0U);
  const auto other = Programs::load({default_ports(), 1024});
  ASSERT_TRUE(other) << other.error().message;
  const auto kept = links();
  const ProgramFds next{other->xdp(), other->tc_ethernet(), other->tc_raw()};
  const auto watched = watch_interface(next, facts_of("outer"), {AttachMode::kNative}, &kept);
  EXPECT_EQ(watched.attachments[0].hook, "xdp_native");
  EXPECT_NE(facts_of("outer").xdp_program, 0U);
  EXPECT_NE(facts_of("outer").xdp_program, left);
}

TEST_F(RestartTest, AHookThatIsNoLongerWantedIsLeftForAnother) {
  { const auto watched = watch(links(), {AttachMode::kNative}); }
  const auto watched = watch(links(), {AttachMode::kTc});
  EXPECT_EQ(watched.attachments[0].hook, tc_hook());
  EXPECT_EQ(facts_of("outer").xdp_program, 0U);
  EXPECT_THAT(pinned_links(),
              ::testing::ElementsAre("egress-" + tc_hook(), "ingress-" + tc_hook()));
}

TEST_F(RestartTest, WhateverWasThereTheHookThatIsWantedIsInForceAndNoOther) {
  const std::pair<AttachMode, std::string> modes[] = {{AttachMode::kTc, tc_hook()},
                                                      {AttachMode::kNative, "xdp_native"},
                                                      {AttachMode::kGeneric, "xdp_generic"}};
  for (const auto& [before, left] : modes) {
    for (const auto& [mode, hook] : modes) {
      { const auto watched = watch(links(), {before}); }
      const auto watched = watch(links(), {mode});
      EXPECT_EQ(watched.attachments[0].hook, hook) << "after " << left;
      EXPECT_EQ(watched.attachments[1].hook, tc_hook()) << "after " << left;
      EXPECT_EQ(facts_of("outer").xdp_program != 0, mode != AttachMode::kTc) << "after " << left;
      EXPECT_THAT(pinned_links(), ::testing::ElementsAre("egress-" + tc_hook(), "ingress-" + hook));
    }
  }
}

TEST_F(RestartTest, AModeThatTheDriverLacksLeavesNothingBehindOnTheWayToTheNext) {
  const auto facts = facts_of("lo");
  for (int round = 0; round < 2; ++round) {
    const auto kept = links();
    const auto watched = watch_interface(programs(), facts_of("lo"), {AttachMode::kNative}, &kept);
    EXPECT_EQ(watched.attachments[0].hook, "xdp_generic") << watched.attachments[0].reason;
  }
  EXPECT_NE(facts_of("lo").xdp_program, 0U);
  EXPECT_THAT(pinned_links(), ::testing::ElementsAre("egress-" + tc_hook(), "ingress-xdp_generic"));
}

TEST_F(RestartTest, WhatWasHalfPinnedIsOursAndTakenOver) {
  for (const auto& policy : {AttachPolicy{AttachMode::kNative}, kClsact}) {
    { const auto watched = watch(links(), policy); }
    half_pin_all();
    {
      const auto watched = watch(links(), policy);
      EXPECT_EQ(watched.attachments[0].hook,
                policy.mode == AttachMode::kNative ? "xdp_native" : "tc");
      EXPECT_THAT(pinned_links(), ::testing::Each(Not(HasSubstr(std::string(kHalfMade)))));
    }
    half_pin_all();
    links().take_off_others({});
    EXPECT_EQ(facts_of("outer").xdp_program, 0U);
    EXPECT_EQ(filters(), "");
    EXPECT_THAT(pinned_links(), IsEmpty());
  }
}

TEST_F(RestartTest, WhatIsTakenOffByForceIsPutOnAgain) {
  if (tc_hook() != "tcx") GTEST_SKIP() << "no links at TC before 6.6: see the next test";
  InterfaceSet interfaces(programs(), {"outer"}, {}, links());
  ASSERT_TRUE(interfaces.scan());
  const std::string ingress =
      open().links() + "/" + std::to_string(facts_of("outer").ifindex) + "-ingress-tcx";
  ASSERT_TRUE(take_off_pinned_link(ingress));
  interfaces.check();
  const auto again = read_pinned_link(ingress);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->ifindex, facts_of("outer").ifindex);
  EXPECT_EQ(interfaces.attachments()[0].hook, tc_hook());
}

TEST_F(RestartTest, AQdiscDeletedBelowItsFiltersIsMadeAgain) {
  InterfaceSet interfaces(programs(), {"outer"}, kClsact, links());
  ASSERT_TRUE(interfaces.scan());
  run("tc qdisc del dev outer clsact");
  ASSERT_EQ(filters(), "");
  interfaces.check();
  EXPECT_EQ(count(filters(), "handle 0x6d78"), 2);
  EXPECT_EQ(interfaces.attachments()[0].hook, "tc");
}

TEST_F(RestartTest, WithoutTcxAFilterStaysAndIsReplacedInItsPlace) {
  { const auto watched = watch(links(), kClsact); }
  const std::string before = filters();
  EXPECT_EQ(count(before, "handle 0x6d78"), 2);
  {
    const auto watched = watch(links(), kClsact);
    EXPECT_EQ(watched.attachments[0].hook, "tc");
    EXPECT_EQ(count(filters(), "handle 0x6d78"), 2);
  }
  EXPECT_EQ(count(filters(), "handle 0x6d78"), 2);
  // Once it is not kept any more, all goes as ever.
  { const auto watched = watch_interface(programs(), facts_of("outer"), kClsact); }
  EXPECT_EQ(filters(), "");
}

TEST_F(RestartTest, AnInterfaceThatIsGoneTakesItsPinAlong) {
  InterfaceSet interfaces(programs(), {"outer"}, {}, links());
  ASSERT_TRUE(interfaces.scan());
  ASSERT_THAT(pinned_links(), SizeIs(2));
  run("ip link del outer");
  ASSERT_TRUE(interfaces.scan());
  EXPECT_THAT(pinned_links(), IsEmpty());
}

TEST_F(RestartTest, WhatNobodyMeansAnyMoreIsTakenOff) {
  for (const auto& policy : {AttachPolicy{AttachMode::kNative}, kClsact}) {
    { const auto watched = watch(links(), policy); }
    run("ip link add another type veth peer name its-peer");
    InterfaceSet interfaces(programs(), {"another"}, {}, links());
    ASSERT_TRUE(interfaces.scan());
    interfaces.take_off_others();
    EXPECT_EQ(facts_of("outer").xdp_program, 0U);
    EXPECT_EQ(filters(), "");
    EXPECT_THAT(pinned_links(), SizeIs(2));
    run("ip link del another");
  }
}

TEST_F(RestartTest, MapsAreTakenOverByTheSameLayoutOnly) {
  const auto folder = open();
  const auto load = [&folder](std::uint32_t max_flows) {
    auto loaded = Programs::load({default_ports(), max_flows}, &folder);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  };
  std::string layout;
  {
    const auto first = load(1024);
    EXPECT_EQ(first.beginning(), Beginning::kFresh);
    layout = first.layout();
  }
  {
    const auto second = load(1024);
    EXPECT_EQ(second.beginning(), Beginning::kTakenOver);
    EXPECT_EQ(second.layout(), layout);
  }
  {
    const auto larger = load(2048);
    EXPECT_EQ(larger.beginning(), Beginning::kOther);
    EXPECT_NE(larger.layout(), layout);
  }
  // One that lacks a map was left half removed.
  files::remove(folder.maps(layout) + "/server_sides");
  {
    const auto other = load(1024);
    EXPECT_EQ(other.beginning(), Beginning::kOther);
    EXPECT_THAT(other.why_not_taken_over(),
                HasSubstr("/server_sides cannot be used: No such file"));
  }
  EXPECT_EQ(load(1024).beginning(), Beginning::kTakenOver);
}

TEST_F(RestartTest, MapsThatTheProgramsCannotBeLoadedWithAreReplacedAndTheReasonIsKept) {
  const auto folder = open();
  std::string maps;
  {
    const auto first = Programs::load({default_ports(), 1024}, &folder);
    ASSERT_TRUE(first) << first.error().message;
    maps = folder.maps(first->layout());
  }
  files::rename(maps + "/server_sides", maps + "/swapped");
  files::rename(maps + "/mail_hosts", maps + "/server_sides");
  files::rename(maps + "/swapped", maps + "/mail_hosts");
  const auto other = Programs::load({default_ports(), 1024}, &folder);
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->beginning(), Beginning::kOther);
  EXPECT_THAT(other->why_not_taken_over(), HasSubstr("loading the BPF programs failed"));
}

TEST_F(RestartTest, AFolderThatIsOnNoBpffsIsRefusedWithTheReason) {
  const auto folder = PinFolder::open("/tmp/mxray-no-bpffs/pins");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("/tmp is on no bpffs"));
  EXPECT_FALSE(files::exists("/tmp/mxray-no-bpffs"));
}

}  // namespace
}  // namespace mxray::test
