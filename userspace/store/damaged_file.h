// SPDX-License-Identifier: Apache-2.0
// Where does a damaged database go?
//
// Out of the way under another name, for whoever wants to recover it. The
// latest three are kept: a disk that damages files must not also be filled.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace mxray {

/// Renames `file`, and its log with it, to `FILE.corrupt-20260926T144453Z`; the
/// new name. Fails with one sentence.
Result<std::filesystem::path> set_aside(const std::filesystem::path& file, std::uint64_t now_ns);

}  // namespace mxray
