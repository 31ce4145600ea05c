// SPDX-License-Identifier: Apache-2.0
// Where can a test pin, and detach everything, without touching the host's pins?
#include "probe_bpffs.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "probe/bpffs.h"

namespace mxray::test {
namespace {

bool hide_bpffs_of_others() {
  // Private all the way down: else the host would lose the mounts, too.
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    throw std::runtime_error("cannot have mounts of its own");
  }
  for (const std::string& mount : bpffs_mounts()) ::umount2(mount.c_str(), MNT_DETACH);
  if (!bpffs_mounts().empty()) throw std::runtime_error("the host's pins are still seen");
  return true;
}

}  // namespace

Bpffs::Bpffs() {
  static const bool hidden = hide_bpffs_of_others();
  std::string path = std::filesystem::temp_directory_path() / "mxray-bpffs-XXXXXX";
  if (!hidden || ::mkdtemp(path.data()) == nullptr ||
      ::mount("bpf", path.c_str(), "bpf", 0, "") != 0) {
    throw std::runtime_error("cannot mount a bpffs");
  }
  path_ = path;
}

Bpffs::~Bpffs() {
  ::umount2(path_.c_str(), MNT_DETACH);
  ::rmdir(path_.c_str());
}

void WithBpffs::SetUp() {
  WithPrograms::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  run("ip link add outer type veth peer name inner");
  bpffs_ = std::make_unique<Bpffs>();
}

}  // namespace mxray::test
