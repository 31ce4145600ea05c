// SPDX-License-Identifier: Apache-2.0
// How does the database stay within its age and size?
#pragma once

#include <cstdint>

#include "store/sqlite.h"
#include "store/store_file.h"

namespace mxray {

struct Bounds {
  std::uint64_t oldest_ns = 0;  // what is older goes
  std::uint64_t max_bytes = 0;  // of the database and its log
};

struct Deleted {
  std::uint64_t incidents = 0;
  std::uint64_t flows = 0;
};

/// Deletes what is out of bounds, oldest first, and shrinks the file. A call
/// deletes for about 50 ms at most; the next one goes on.
sqlite::Attempt enforce(StoreFile& file, const Bounds& bounds, Deleted& deleted);

}  // namespace mxray
