// SPDX-License-Identifier: Apache-2.0
// How does everything go that an mxrayd left behind on purpose, or was killed before it
// could remove?
#include "probe/detach.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "probe/clsact.h"
#include "probe/hook_link.h"
#include "probe/links.h"
#include "probe/pin_folder.h"

namespace mxray {
namespace {

namespace files = std::filesystem;

/// All directories in a bpffs, and one level below, that hold folders of ours.
std::vector<std::string> pin_directories() {
  std::vector<std::string> found;
  const auto add = [&found](const std::string& directory) {
    if (!namespace_folders(directory).empty()) found.push_back(directory);
  };
  std::ifstream mounts("/proc/self/mounts");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream fields(line);
    std::string device, directory, type;
    if (!(fields >> device >> directory >> type) || type != "bpf") continue;
    add(directory);
    std::error_code error;
    for (const auto& entry : files::directory_iterator(directory, error)) {
      if (entry.is_directory(error)) add(entry.path());
    }
  }
  return found;
}

Status detach_folder(const std::string& path) {
  auto folder = PinFolder::open_existing(path);
  if (!folder) return folder.error();
  if (Status locked = folder->lock(); !locked) return locked;
  std::error_code error;
  for (const auto& link : files::directory_iterator(folder->links(), error)) {
    take_off_pinned_link(link.path());
  }
  remove_pins(path);
  if (!files::exists(path, error)) return Ok{};
  return Error{fmt::format("{} cannot be removed; run mxrayd --detach as root", path)};
}

/// How many interfaces had some.
std::size_t remove_filters() {
  std::size_t interfaces = 0;
  const auto links = read_links();
  if (!links) return 0;
  for (const LinkFacts& link : *links) {
    const bool ingress = remove_clsact_filters(link.ifindex, Direction::kIngress);
    const bool egress = remove_clsact_filters(link.ifindex, Direction::kEgress);
    if (ingress || egress) ++interfaces;
  }
  return interfaces;
}

}  // namespace

Result<std::string> detach(const std::string& pin_dir) {
  std::string done;
  for (const std::string& directory :
       pin_dir.empty() ? pin_directories() : std::vector<std::string>{pin_dir}) {
    for (const std::string& folder : namespace_folders(directory)) {
      if (Status detached = detach_folder(folder); !detached) return detached.error();
      done += fmt::format("removed {}\n", folder);
    }
    ::rmdir(directory.c_str());  // stays if it is a mount, or somebody else's, too
  }
  if (const std::size_t interfaces = remove_filters(); interfaces != 0) {
    done += fmt::format("removed the TC filters of {} interface{}\n", interfaces,
                        interfaces == 1 ? "" : "s");
  }
  return done.empty() ? "nothing of mxray's was there\n" : done;
}

}  // namespace mxray
