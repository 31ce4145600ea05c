// SPDX-License-Identifier: Apache-2.0
// How do the tables that one daemon's programs filled serve the next one's?
//
// By their pins. What a map's bytes mean is its layout; it has a name that changes
// whenever the layout does, and maps are pinned in a folder of that name. So a
// daemon finds maps that it understands, or none.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "probe/journal_map.h"
#include "record.h"

struct bpf_object;  // libbpf

namespace mxray {

/// What of a layout no map shows.
struct LayoutVersions {
  // Raised when what a map says changes its meaning, but neither its name, its size
  // nor the names in its types.
  int meaning = 1;
  int records = RECORD_VERSION;
};

/// Of the maps of an opened object: sixteen hexadecimal digits, a hash of each map's
/// name, kind and size, of the C types in it (by BTF) and of `versions`.
std::string layout_of(const bpf_object& object, LayoutVersions versions = {});

/// Has `object`, which is not loaded yet, use the maps pinned in `folder`. Fails if they
/// are not all there or the journal beside them cannot be read; then `object` is of no
/// more use.
Result<JournalMap> reuse_maps(bpf_object& object, const std::string& folder);

/// Pins the maps of the loaded `object` and the journal in `folder`, which appears
/// with all of them or not at all.
Status pin_maps(const bpf_object& object, const JournalMap& journal, const std::string& folder);

}  // namespace mxray
