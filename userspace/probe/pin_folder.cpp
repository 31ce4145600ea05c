// SPDX-License-Identifier: Apache-2.0
// Where do maps and links stay while no daemon runs?
#include "probe/pin_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "probe/bpffs.h"

namespace mxray {
namespace {

namespace files = std::filesystem;

constexpr std::string_view kNamespace = "net-";
constexpr std::string_view kMaps = "maps-";
constexpr std::string_view kHalfMade = "-new";
constexpr std::size_t kDigits = 16;  // of a layout

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

}  // namespace

std::string own_namespace_folder() {
  struct stat space {};
  if (::stat("/proc/self/ns/net", &space) != 0) return fmt::format("{}0", kNamespace);
  return fmt::format("{}{}", kNamespace, space.st_ino);
}

bool is_namespace_folder(std::string_view name) {
  if (!name.starts_with(kNamespace)) return false;
  name.remove_prefix(kNamespace.size());
  return !name.empty() && name.find_first_not_of("0123456789") == name.npos;
}

bool is_maps_folder(std::string_view name) {
  if (!name.starts_with(kMaps)) return false;
  name.remove_prefix(kMaps.size());
  if (name.ends_with(kHalfMade)) name.remove_suffix(kHalfMade.size());
  return name.size() == kDigits && name.find_first_not_of("0123456789abcdef") == name.npos;
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
  std::string path = fmt::format("{}/{}", directory, own_namespace_folder());
  if (!make_folder(path)) return not_made(path);
  Fd fd = open_folder(AT_FDCWD, path);
  if (!fd) return Error{fmt::format("{} cannot be opened: {}", path, std::strerror(errno))};
  // Of somebody else it could be filled with maps that say what he likes.
  struct stat owner {};
  if (::fstat(fd.get(), &owner) != 0 || owner.st_uid != ::geteuid()) {
    return Error{fmt::format("{} belongs to another user", path)};
  }
  PinFolder folder(std::move(path), std::move(fd));
  if (!make_folder(folder.links())) return not_made(folder.links());
  return folder;
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
  std::vector<std::string> found;
  for (const FolderEntry& entry : entries_of(fd_.get())) {
    const std::string folder = fmt::format("{}/{}", path_, entry.name);
    if (entry.kind != EntryKind::kFolder || !is_maps_folder(entry.name)) continue;
    if (folder != maps(layout)) found.push_back(folder);
  }
  return found;
}

void remove_maps(const std::string& folder) { remove_pins(AT_FDCWD, folder); }

}  // namespace mxray
