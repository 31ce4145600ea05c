// SPDX-License-Identifier: Apache-2.0
// How is a folder on a bpffs read and emptied that another user may have filled?
#include "probe/bpffs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

namespace mxray {
namespace {

struct CloseMounts {
  void operator()(std::FILE* mounts) const { ::endmntent(mounts); }
};
struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

EntryKind kind_of(int folder, const char* name) {
  struct stat entry {};
  if (::fstatat(folder, name, &entry, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::kOther;
  if (S_ISDIR(entry.st_mode)) return EntryKind::kFolder;
  return S_ISREG(entry.st_mode) ? EntryKind::kPin : EntryKind::kOther;
}

}  // namespace

bool is_on_bpffs(const std::string& path) {
  struct statfs file_system {};
  return ::statfs(path.c_str(), &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC;
}

bool is_on_bpffs(int folder) {
  struct statfs file_system {};
  return ::fstatfs(folder, &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC;
}

std::vector<std::string> bpffs_mounts() {
  std::vector<std::string> found;
  const std::unique_ptr<std::FILE, CloseMounts> mounts(::setmntent("/proc/self/mounts", "re"));
  if (!mounts) return found;
  while (const mntent* mount = ::getmntent(mounts.get())) {
    if (std::string_view(mount->mnt_type) == "bpf") found.emplace_back(mount->mnt_dir);
  }
  return found;
}

Fd open_folder(int above, const std::string& name) {
  return Fd(::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

std::vector<FolderEntry> entries_of(int folder) {
  std::vector<FolderEntry> found;
  // Opened anew: a duplicate would share the place up to which it was read.
  Fd fd = open_folder(folder, ".");
  const std::unique_ptr<DIR, CloseFolder> reader(::fdopendir(fd.get()));
  if (!reader) return found;
  fd.release();
  while (const dirent* entry = ::readdir(reader.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      found.push_back({std::string(name), kind_of(folder, entry->d_name)});
    }
  }
  return found;
}

bool remove_pins(int above, const std::string& name) {
  const Fd folder = open_folder(above, name);
  if (!folder) return errno == ENOENT;
  if (!is_on_bpffs(folder.get())) {
    errno = EXDEV;
    return false;
  }
  for (const FolderEntry& entry : entries_of(folder.get())) {
    if (::unlinkat(folder.get(), entry.name.c_str(), 0) != 0 && errno != ENOENT) return false;
  }
  return ::unlinkat(above, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
}

}  // namespace mxray
