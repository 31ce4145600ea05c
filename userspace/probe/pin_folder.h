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
  /// Makes the folder of this network namespace below `directory` where it is
  /// missing. The Error says why nothing can be pinned there.
  static Result<PinFolder> open(const std::string& directory);

  /// One that is there, by its own path. The Error says why it cannot be opened.
  static Result<PinFolder> open_existing(const std::string& path);

  /// Keeps other daemons out for as long as this lives, at most two seconds late: a
  /// daemon that was killed may still be leaving.
  Status lock();

  /// Without a slash at the end, as all of these.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string links() const { return path_ + "/links"; }
  [[nodiscard]] std::string maps(std::string_view layout) const;

  /// Folders of maps, but not that of `layout`: what others left, or what was left
  /// half made.
  [[nodiscard]] std::vector<std::string> other_maps(std::string_view layout) const;

 private:
  PinFolder(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;  // of the folder
};

/// Whether `path` is on a bpffs.
bool is_on_bpffs(const std::string& path);

/// Unpins all that lies in `folder`, and removes it.
void remove_pins(const std::string& folder);

/// The folders of network namespaces below `directory`.
std::vector<std::string> namespace_folders(const std::string& directory);

}  // namespace mxray
