// SPDX-License-Identifier: Apache-2.0
// Where do maps and links stay while no daemon runs?
#include "probe/pin_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

namespace mxray {
namespace {

namespace files = std::filesystem;

constexpr std::string_view kNamespace = "net-";
constexpr std::string_view kMaps = "maps-";

Error not_made(const std::string& path) {
  return Error{fmt::format("the folder {} cannot be made: {}", path, std::strerror(errno))};
}

bool make_folder(const std::string& path) {
  return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST;
}

/// The nearest folder above `path` that exists, or `path`.
files::path existing(files::path path) {
  std::error_code error;
  while (!files::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  return path.empty() ? files::path(".") : path;
}

std::vector<std::string> folders_in(const std::string& path, std::string_view prefix) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : files::directory_iterator(path, error)) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    if (entry.is_directory(error)) found.push_back(entry.path());
  }
  return found;
}

std::string own_namespace_folder(const std::string& directory) {
  struct stat space {};
  if (::stat("/proc/self/ns/net", &space) != 0) return fmt::format("{}/net-0", directory);
  return fmt::format("{}/{}{}", directory, kNamespace, space.st_ino);
}

}  // namespace

bool is_on_bpffs(const std::string& path) {
  struct statfs file_system {};
  return ::statfs(path.c_str(), &file_system) == 0 && file_system.f_type == BPF_FS_MAGIC;
}

std::vector<std::string> namespace_folders(const std::string& directory) {
  return folders_in(directory, kNamespace);
}

Result<PinFolder> PinFolder::open(const std::string& directory) {
  const auto above = existing(directory);
  if (!is_on_bpffs(above)) {
    return Error{
        fmt::format("{} is on no bpffs; `mount -t bpf bpf DIR` makes one", above.string())};
  }
  std::string made;
  for (const auto& part : files::path(directory)) {
    made = (files::path(made) / part).string();
    std::error_code error;
    if (!files::exists(made, error) && !make_folder(made)) return not_made(made);
  }
  std::string path = own_namespace_folder(directory);
  if (!make_folder(path)) return not_made(path);
  // Of somebody else it could be filled with maps that say what he likes.
  struct stat owner {};
  if (::stat(path.c_str(), &owner) != 0 || owner.st_uid != ::geteuid()) {
    return Error{fmt::format("{} belongs to another user", path)};
  }
  auto folder = open_existing(path);
  if (folder && !make_folder(folder->links())) return not_made(folder->links());
  return folder;
}

Result<PinFolder> PinFolder::open_existing(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return Error{fmt::format("{} cannot be opened: {}", path, std::strerror(errno))};
  return PinFolder(path, std::move(fd));
}

Status PinFolder::lock() {
  constexpr int kTries = 40;
  for (int left = kTries; ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0; --left) {
    if (left == 0) {
      return Error{fmt::format(
          "another mxrayd is running with {}; stop it first, or give this one a --pin-dir of its "
          "own",
          path_)};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return Ok{};
}

std::string PinFolder::maps(std::string_view layout) const {
  return fmt::format("{}/{}{}", path_, kMaps, layout);
}

std::vector<std::string> PinFolder::other_maps(std::string_view layout) const {
  auto found = folders_in(path_, kMaps);
  std::erase(found, maps(layout));
  return found;
}

void remove_pins(const std::string& folder) {
  std::error_code error;
  files::remove_all(folder, error);
}

}  // namespace mxray
