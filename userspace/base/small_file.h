// SPDX-License-Identifier: Apache-2.0
// What does a file of settings hold, whatever somebody put in its place?
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/result.h"

namespace mxray {

inline constexpr std::size_t kMostOfASmallFile = std::size_t{1} << 20U;

/// All of a regular file of at most 1 MiB. Never waits, not even for the writer of a
/// FIFO: the event loop reads with it. The error is a clause without the file's name:
/// `No such file or directory`, `it is no regular file`.
Result<std::string> read_small_file(const std::filesystem::path& path);

}  // namespace mxray
