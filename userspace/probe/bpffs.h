// SPDX-License-Identifier: Apache-2.0
// How is a folder on a bpffs read and emptied that another user may have filled?
//
// By descriptor, and never through a symbolic link: root takes away what the user mxray
// pinned, and a link would lead it to files that are none of mxray's.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"

namespace mxray {

bool is_on_bpffs(const std::string& path);
bool is_on_bpffs(int folder);

/// Where one is mounted, as far as this process sees.
std::vector<std::string> bpffs_mounts();

/// `name` in the folder `above` (AT_FDCWD: a path). Empty, and errno says why, if it
/// cannot be opened or is a symbolic link.
Fd open_folder(int above, const std::string& name);

enum class EntryKind { kFolder, kPin, kOther };
struct FolderEntry {
  std::string name;
  EntryKind kind = EntryKind::kOther;
};
std::vector<FolderEntry> entries_of(int folder);

/// Unpins what lies in the folder `name` of `above`, and removes it. It has no folders in
/// it, or stays. false, and errno says why: it is still there.
bool remove_pins(int above, const std::string& name);

}  // namespace mxray
