// SPDX-License-Identifier: Apache-2.0
// Where do maps and links stay while no daemon runs?
//
//   DIRECTORY/net-4026531840/maps-0123456789abcdef/client_sides …  one folder a layout
//   DIRECTORY/net-4026531840/links/3-ingress-tcx …                 one file a hook in use
//
// DIRECTORY lies on a bpffs. Interface numbers mean something in one network
// namespace only, so each has a folder of its own. Names have no dots: the kernel
// keeps those for itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mxray {

class PinFolder {
 public:
  static constexpr const char* kLinks = "links";

  /// Makes the folder of this network namespace below `directory` where it is
  /// missing. The Error says why nothing can be pinned there.
  static Result<PinFolder> open(const std::string& directory);

  /// One that is there, and is open already.
  static PinFolder of(std::string path, Fd folder) {
    return PinFolder(std::move(path), std::move(folder));
  }

  /// Keeps other daemons out for as long as this lives, at most two seconds late: a
  /// daemon that was killed may still be leaving.
  Status lock();

  /// Whoever holds a copy of it keeps others out, too, also after this is gone.
  [[nodiscard]] int lock_fd() const { return fd_.get(); }

  /// Without a slash at the end, as all of these.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string links() const { return path_ + "/" + kLinks; }
  [[nodiscard]] std::string maps(std::string_view layout) const;

  /// Folders of maps, but not that of `layout`: what others left, or what was left
  /// half made.
  [[nodiscard]] std::vector<std::string> other_maps(std::string_view layout) const;

 private:
  PinFolder(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;  // of the folder
};

/// What the folder of this network namespace is called: `net-4026531840`.
std::string own_namespace_folder();

/// Whether it is what the folder of some network namespace is called.
bool is_namespace_folder(std::string_view name);

/// Whether it is what a folder of maps is called, whole or half made (`-new`).
bool is_maps_folder(std::string_view name);

/// Unpins the maps that lie in `folder`, and removes it.
void remove_maps(const std::string& folder);

}  // namespace mxray
