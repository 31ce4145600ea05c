// SPDX-License-Identifier: Apache-2.0
// What does one daemon's programs and maps leave to the next one's?
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "probe/detach.h"
#include "probe/interface_set.h"
#include "probe/kept_links.h"
#include "probe/pin_folder.h"
#include "probe/programs.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

namespace files = std::filesystem;

/// A bpffs of the test's own.
class Bpffs {
 public:
  Bpffs() {
    std::string path = files::temp_directory_path() / "mxray-bpffs-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr || ::mount("bpf", path.c_str(), "bpf", 0, "") != 0) {
      throw std::runtime_error("cannot mount a bpffs");
    }
    path_ = path;
  }
  ~Bpffs() {
    ::umount2(path_.c_str(), MNT_DETACH);
    ::rmdir(path_.c_str());
  }
  Bpffs(const Bpffs&) = delete;
  Bpffs& operator=(const Bpffs&) = delete;
  [[nodiscard]] std::string directory() const { return path_ / "mxray"; }

 private:
  files::path path_;
};

class RestartTest : public WithPrograms {
 protected:
  void SetUp() override {
    WithPrograms::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    run("ip link add outer type veth peer name inner");
    bpffs_ = std::make_unique<Bpffs>();
  }

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

  std::unique_ptr<Bpffs> bpffs_;
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
  EXPECT_EQ(watched.attachments[0].hook, "tcx");
  EXPECT_EQ(facts_of("outer").xdp_program, 0U);
  EXPECT_THAT(pinned_links(), ::testing::ElementsAre("egress-tcx", "ingress-tcx"));
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
  EXPECT_EQ(load(1024).beginning(), Beginning::kOther);
  EXPECT_EQ(load(1024).beginning(), Beginning::kTakenOver);
}

TEST_F(RestartTest, DetachingLeavesNothingButWhatIsInUse) {
  {
    auto folder = open();
    ASSERT_TRUE(folder.lock());
    const KeptLinks kept(folder.links());
    const auto watched = watch(kept, kClsact);
    const auto refused = detach(bpffs_->directory());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("another mxrayd is running"));
  }
  const auto done = detach("");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(*done, HasSubstr("removed " + bpffs_->directory()));
  EXPECT_FALSE(files::exists(bpffs_->directory()));
  EXPECT_EQ(filters(), "");
  EXPECT_EQ(*detach(bpffs_->directory()), "nothing of mxray's was there\n");
}

TEST_F(RestartTest, AFolderThatIsOnNoBpffsIsRefusedWithTheReason) {
  const auto folder = PinFolder::open("/tmp/mxray-no-bpffs/pins");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("/tmp is on no bpffs"));
  EXPECT_FALSE(files::exists("/tmp/mxray-no-bpffs"));
}

}  // namespace
}  // namespace mxray::test
