// SPDX-License-Identifier: Apache-2.0
// How does everything go that an mxrayd left behind on purpose, or was killed before it
// could remove?
#include "probe/detach.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <net/if.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "probe/bpffs.h"
#include "probe/hook_link.h"
#include "probe/kept_links.h"
#include "probe/libbpf_log.h"
#include "probe/links.h"
#include "probe/pin_folder.h"

namespace mxray {
namespace {

constexpr std::string_view kRemedy = "run mxrayd --detach as root";

bool is_forbidden(int error) { return error == EACCES || error == EPERM; }

/// The first thing in `folder`, one of a network namespace, that no mxrayd puts there;
/// empty if there is none.
std::string stranger_in(int folder) {
  for (const FolderEntry& part : entries_of(folder)) {
    const bool known = part.name == PinFolder::kLinks || is_maps_folder(part.name);
    if (!known || part.kind != EntryKind::kFolder) return part.name;
    const Fd inside = open_folder(folder, part.name);
    if (!inside || !is_on_bpffs(inside.get())) return part.name;
    for (const FolderEntry& pin : entries_of(inside.get())) {
      if (pin.kind != EntryKind::kPin) return part.name + "/" + pin.name;
    }
  }
  return "";
}

/// At once: without its last pin alone a link would go a moment later. Does nothing for
/// a filter's program, which is on no hook by itself.
void take_off(int links, const std::string& name) {
  const LibbpfLog silence;
  // By descriptor: who may write there could make a symbolic link of the name.
  const Fd pin(::openat(links, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  const Fd link(::bpf_obj_get(fmt::format("/proc/self/fd/{}", pin.get()).c_str()));
  if (link) ::bpf_link_detach(link.get());
}

class Detaching {
 public:
  void in_directory(const std::string& path);
  void everywhere();
  Detached report() &&;

 private:
  std::size_t folders_of(int directory, const std::string& path);
  bool folder(int above, const std::string& above_path, const std::string& name);
  bool links(int folder, bool here);
  bool filters(std::uint32_t ifindex, Direction direction);
  void all_filters();
  void cannot_read(const std::string& path, int error);
  void cannot_remove(const std::string& what, int error);
  void leave_alone(const std::string& path, const std::string& stranger);

  bool named_ = false;  // by the user: what is there should be ours
  Detached report_;
  std::vector<std::string> unreadable_;
  std::set<std::uint32_t> interfaces_;  // whose filters are removed
};

void Detaching::in_directory(const std::string& path) {
  named_ = true;
  // The name is the user's own word; only what lies below may be somebody else's.
  const Fd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return cannot_read(path, errno);
  if (!is_on_bpffs(directory.get())) {
    report_.problems.push_back(Error{fmt::format(
        "{} is on no bpffs, so no mxrayd pins anything there; name its --pin-dir", path)});
    return;
  }
  folders_of(directory.get(), path);
  ::rmdir(path.c_str());  // stays if it is a mount, or somebody else's, too
}

void Detaching::everywhere() {
  for (const std::string& mount : bpffs_mounts()) {
    const Fd root(::open(mount.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) cannot_read(mount, errno);
    // Something else may be mounted over it.
    if (!root || !is_on_bpffs(root.get())) continue;
    folders_of(root.get(), mount);
    for (const FolderEntry& entry : entries_of(root.get())) {
      if (entry.kind != EntryKind::kFolder || is_namespace_folder(entry.name)) continue;
      const std::string path = mount + "/" + entry.name;
      const Fd directory = open_folder(root.get(), entry.name);
      if (!directory) {
        cannot_read(path, errno);
      } else if (folders_of(directory.get(), path) != 0) {
        ::unlinkat(root.get(), entry.name.c_str(), AT_REMOVEDIR);  // stays if it holds more
      }
    }
  }
  // They may be those of an mxrayd that is running with one of the folders.
  if (report_.problems.empty() && unreadable_.empty()) all_filters();
}

Detached Detaching::report() && {
  if (!interfaces_.empty()) {
    report_.done += fmt::format("removed the TC filters of {} interface{}\n", interfaces_.size(),
                                interfaces_.size() == 1 ? "" : "s");
  }
  if (!unreadable_.empty()) {
    report_.not_permitted = true;
    report_.problems.push_back(Error{fmt::format("no permission to look for pins in {}; {}",
                                                 fmt::join(unreadable_, ", "), kRemedy)});
  }
  if (report_.done.empty() && report_.problems.empty()) {
    report_.done = "nothing of mxray's was there\n";
  }
  return std::move(report_);
}

/// How many went.
std::size_t Detaching::folders_of(int directory, const std::string& path) {
  std::size_t removed = 0;
  for (const FolderEntry& entry : entries_of(directory)) {
    if (!is_namespace_folder(entry.name)) continue;
    if (entry.kind != EntryKind::kFolder) {
      leave_alone(path, entry.name);
    } else if (folder(directory, path, entry.name)) {
      ++removed;
    }
  }
  return removed;
}

/// false: it is still there.
bool Detaching::folder(int above, const std::string& above_path, const std::string& name) {
  const std::string path = above_path + "/" + name;
  Fd opened = open_folder(above, name);
  if (!opened) {
    cannot_read(path, errno);
    return false;
  }
  if (const std::string stranger = stranger_in(opened.get()); !stranger.empty()) {
    leave_alone(path, stranger);
    return false;
  }
  const int fd = opened.get();
  PinFolder held = PinFolder::of(path, std::move(opened));
  if (Status locked = held.lock(); !locked) {
    report_.problems.push_back(locked.error());
    return false;
  }
  if (!links(fd, name == own_namespace_folder())) return false;
  for (const FolderEntry& part : entries_of(fd)) {
    if (remove_pins(fd, part.name)) continue;
    cannot_remove(path + "/" + part.name, errno);
    return false;
  }
  if (::unlinkat(above, name.c_str(), AT_REMOVEDIR) != 0) {
    cannot_remove(path, errno);
    return false;
  }
  report_.done += fmt::format("removed {}\n", path);
  return true;
}

/// Takes programs off their hooks. `here`: the interfaces are those of this network
/// namespace. false: a filter stays, so the pin that tells of it has to stay, too.
bool Detaching::links(int folder, bool here) {
  const Fd links = open_folder(folder, PinFolder::kLinks);
  if (!links) return true;  // half made, or half removed
  bool filters_elsewhere = false;
  for (const FolderEntry& entry : entries_of(links.get())) {
    std::string_view name = entry.name;
    if (name.ends_with(kHalfMade)) name.remove_suffix(kHalfMade.size());
    const auto known = parse_link_name(name);
    if (known && known->second == HookLink::kClsact) {
      if (here && !filters(known->first.ifindex, known->first.direction)) return false;
      filters_elsewhere |= !here;
    }
    take_off(links.get(), entry.name);
  }
  if (filters_elsewhere) {
    report_.done +=
        "TC filters in another network namespace stay until `mxrayd --detach` is run there\n";
  }
  return true;
}

/// false: some are still there.
bool Detaching::filters(std::uint32_t ifindex, Direction direction) {
  const FilterRemoval removal = remove_clsact_filters(ifindex, direction);
  if (removal.any) interfaces_.insert(ifindex);
  if (removal.error == 0) return true;
  std::array<char, IF_NAMESIZE> name{};
  ::if_indextoname(ifindex, name.data());
  cannot_remove(fmt::format("the TC filters of {}", name.data()), removal.error);
  return false;
}

void Detaching::all_filters() {
  const auto found = read_links();
  if (!found) {
    report_.problems.push_back(found.error());
    return;
  }
  for (const LinkFacts& link : *found) {
    if (filters(link.ifindex, Direction::kIngress)) filters(link.ifindex, Direction::kEgress);
  }
}

void Detaching::cannot_read(const std::string& path, int error) {
  if (error == ENOENT) return;  // or went meanwhile
  if (is_forbidden(error)) {
    unreadable_.push_back(path);
    return;
  }
  report_.problems.push_back(Error{
      fmt::format("{} cannot be opened: {}; name another --pin-dir", path, std::strerror(error))});
}

void Detaching::cannot_remove(const std::string& what, int error) {
  report_.not_permitted |= is_forbidden(error);
  report_.problems.push_back(
      Error{fmt::format("{} cannot be removed: {}; {}", what, std::strerror(error),
                        is_forbidden(error) ? kRemedy : "try again once nothing uses it")});
}

void Detaching::leave_alone(const std::string& path, const std::string& stranger) {
  const std::string sentence = fmt::format(
      "{} is left as it is: no mxrayd makes such a {}; remove that by hand", path, stranger);
  // Unnamed it may well be somebody else's.
  if (named_) report_.problems.push_back(Error{sentence});
  if (!named_) report_.done += sentence + "\n";
}

}  // namespace

Detached detach(const std::string& pin_dir) {
  Detaching detaching;
  if (pin_dir.empty()) {
    detaching.everywhere();
  } else {
    detaching.in_directory(pin_dir);
  }
  return std::move(detaching).report();
}

}  // namespace mxray
