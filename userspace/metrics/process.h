// SPDX-License-Identifier: Apache-2.0
// What does this process use, as /proc tells it?
#pragma once

#include <filesystem>
#include <optional>

namespace mxray {

/// nullopt: /proc did not say, as in a container that hides it.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> start_time_seconds;  // since 1970
  std::optional<double> open_fds;
  std::optional<double> max_fds;
};

/// `proc` is the mount point of proc(5).
ProcessStats read_process_stats(const std::filesystem::path& proc = "/proc");

}  // namespace mxray
