// SPDX-License-Identifier: Apache-2.0
// Does what an mxrayd left go, and nothing else, whoever filled the folder of pins?
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <tuple>

#include "probe/detach.h"
#include "probe/interface_set.h"
#include "probe/kept_links.h"
#include "probe/pin_folder.h"
#include "probe_bpffs.h"
#include "probe_namespace.h"

namespace mxray::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace files = std::filesystem;

constexpr AttachPolicy kClsact{AttachMode::kAuto, false};

/// Files that have nothing to do with mxray, in the shape that it makes.
class Victim {
 public:
  Victim() {
    std::string path = files::temp_directory_path() / "mxray-victim-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make a folder");
    path_ = path;
    files::create_directories(path_ / "net-1" / "links");
    std::ofstream(file()) << "precious";
  }
  ~Victim() { files::remove_all(path_); }
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;
  [[nodiscard]] files::path root() const { return path_; }
  [[nodiscard]] files::path folder() const { return path_ / "net-1"; }
  [[nodiscard]] files::path file() const { return folder() / "links" / "3-ingress-tcx"; }

 private:
  files::path path_;
};

/// Without any privilege while it lives.
class AsNobody {
 public:
  AsNobody() {
    if (::seteuid(65534) != 0) throw std::runtime_error("cannot become another user");
  }
  ~AsNobody() {
    if (::seteuid(0) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

Detached detach_as_nobody(const std::string& pin_dir) {
  const AsNobody nobody;
  return detach(pin_dir);
}

std::string all_problems(const Detached& detached) {
  std::string text;
  for (const Error& problem : detached.problems) text += problem.message + "\n";
  return text;
}

class DetachTest : public WithBpffs {
 protected:
  [[nodiscard]] std::string directory() const { return bpffs_->directory(); }

  /// As a daemon leaves it that has ended.
  static PinFolder leave(const std::string& directory, const std::string& interface,
                         AttachPolicy policy = {}) {
    auto folder = PinFolder::open(directory);
    if (!folder) throw std::runtime_error(folder.error().message);
    const KeptLinks kept(folder->links());
    const auto watched = watch_interface(programs(), facts_of(interface), policy, &kept);
    return std::move(*folder);
  }

  static std::ptrdiff_t filters(const std::string& interface) {
    const std::string text = run("tc filter show dev " + interface +
                                 " ingress; tc filter show dev " + interface + " egress");
    std::ptrdiff_t found = 0;
    for (auto at = text.find("0x6d78"); at != std::string::npos; at = text.find("0x6d78", at + 1)) {
      ++found;
    }
    return found;
  }
};

TEST_F(DetachTest, LeavesNothingButWhatIsInUse) {
  {
    auto folder = leave(directory(), "outer", kClsact);
    ASSERT_TRUE(folder.lock());
    for (const std::string& where : {directory(), std::string()}) {
      const auto refused = detach(where);
      EXPECT_THAT(all_problems(refused), HasSubstr("another mxrayd is running with"));
      EXPECT_FALSE(refused.not_permitted);
      EXPECT_EQ(refused.done, "");
    }
    EXPECT_EQ(filters("outer"), 2);
  }
  const auto detached = detach("");
  EXPECT_EQ(all_problems(detached), "");
  EXPECT_THAT(detached.done, HasSubstr("removed " + directory() + "/net-"));
  EXPECT_THAT(detached.done, HasSubstr("removed the TC filters of 1 interface\n"));
  EXPECT_FALSE(files::exists(directory()));
  EXPECT_EQ(filters("outer"), 0);
  EXPECT_EQ(detach(directory()).done, "nothing of mxray's was there\n");
}

TEST_F(DetachTest, LinksComeOffTheirHooksAtOnce) {
  leave(directory(), "outer", {AttachMode::kNative});
  ASSERT_NE(facts_of("outer").xdp_program, 0U);
  EXPECT_EQ(all_problems(detach(directory())), "");
  EXPECT_EQ(facts_of("outer").xdp_program, 0U);
}

TEST_F(DetachTest, FollowsNoSymbolicLink) {
  const Victim victim;
  const auto kept = leave(bpffs_->root() + "/another", "outer", {AttachMode::kNative});
  const files::path pin = files::directory_iterator(kept.links())->path();
  const files::path folder = files::path(directory()) / "net-1";
  const std::tuple<files::path, files::path> lures[] = {
      {folder, victim.folder()},
      {folder / "links", victim.folder() / "links"},
      {folder / "links", kept.links()},
      {folder / "maps-0123456789abcdef", kept.links()},
      {folder / "links" / "3-ingress-tcx", pin}};
  for (const auto& [lure, target] : lures) {
    files::create_directories(lure.parent_path());
    files::create_symlink(target, lure);
    const auto detached = detach(directory());
    EXPECT_THAT(all_problems(detached), HasSubstr("is left as it is")) << lure;
    EXPECT_TRUE(files::is_symlink(lure));
    EXPECT_TRUE(files::exists(victim.file())) << lure;
    EXPECT_NE(facts_of("outer").xdp_program, 0U) << lure;
    EXPECT_TRUE(files::exists(pin)) << lure;
    files::remove_all(directory());
  }
}

TEST_F(DetachTest, AFolderOnNoBpffsIsNotTouched) {
  const Victim victim;
  const auto detached = detach(victim.root());
  EXPECT_THAT(all_problems(detached), HasSubstr(victim.root().string() + " is on no bpffs"));
  EXPECT_TRUE(files::exists(victim.file()));
}

TEST_F(DetachTest, WhatNoMxraydMakesIsLeftAlone) {
  const files::path foreign[] = {directory() + "/net-mail/links", directory() + "/net-12/programs",
                                 directory() + "/net-13/links/deep",
                                 directory() + "/net-14/maps-12"};
  for (const auto& folder : foreign) files::create_directories(folder);
  leave(directory(), "outer");
  const auto unnamed = detach("");
  EXPECT_EQ(all_problems(unnamed), "");
  EXPECT_THAT(unnamed.done, HasSubstr("removed " + directory() + "/" + own_namespace_folder()));
  for (const auto& folder : foreign) EXPECT_TRUE(files::exists(folder)) << folder;
  const auto named = detach(directory());
  EXPECT_THAT(named.problems, SizeIs(3)) << all_problems(named);
  EXPECT_THAT(all_problems(named), HasSubstr("/net-13 is left as it is: no mxrayd makes such a "
                                             "links/deep"));
  for (const auto& folder : foreign) EXPECT_TRUE(files::exists(folder)) << folder;
}

TEST_F(DetachTest, WithADirectoryTheFiltersOfOthersStay) {
  run("ip link add another type veth peer name its-peer");
  leave(directory(), "outer", kClsact);
  leave(bpffs_->root() + "/other", "another", kClsact);
  EXPECT_THAT(detach(directory()).done, HasSubstr("removed the TC filters of 1 interface\n"));
  EXPECT_EQ(filters("outer"), 0);
  EXPECT_EQ(filters("another"), 2);
  // Without one also those that hang on no pin any more.
  files::remove_all(bpffs_->root() + "/other");
  EXPECT_EQ(detach("").done, "removed the TC filters of 1 interface\n");
  EXPECT_EQ(filters("another"), 0);
}

TEST_F(DetachTest, WithoutPermissionItSaysWhereAndLeavesAllAsItIs) {
  const auto links = leave(directory(), "outer", kClsact).links();
  for (const std::string& where : {directory(), std::string()}) {
    const auto refused = detach_as_nobody(where);
    EXPECT_TRUE(refused.not_permitted);
    EXPECT_EQ(refused.done, "");
    EXPECT_EQ(all_problems(refused), "no permission to look for pins in " + directory() +
                                         "; run mxrayd --detach as root\n");
  }
  // May read and write there, but do nothing to interfaces: then the pin stays, too.
  run("chown -R 65534 " + directory());
  const auto refused = detach_as_nobody(directory());
  EXPECT_TRUE(refused.not_permitted);
  EXPECT_EQ(all_problems(refused),
            "the TC filters of outer cannot be removed: Operation not permitted; run mxrayd "
            "--detach as root\n");
  EXPECT_FALSE(files::is_empty(links));
  EXPECT_EQ(filters("outer"), 2);
  EXPECT_EQ(all_problems(detach("")), "");
  EXPECT_EQ(filters("outer"), 0);
}

TEST_F(DetachTest, FiltersThatItMayNotRemoveAreNoSuccess) {
  leave(directory(), "outer", kClsact);
  bpffs_.reset();
  const auto refused = detach_as_nobody("");
  EXPECT_TRUE(refused.not_permitted);
  EXPECT_THAT(all_problems(refused), HasSubstr("the TC filters of outer cannot be removed"));
  EXPECT_EQ(refused.done, "");
  EXPECT_EQ(filters("outer"), 2);
}

}  // namespace
}  // namespace mxray::test
