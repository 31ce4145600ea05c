// SPDX-License-Identifier: Apache-2.0
#include "metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>

namespace mxray {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// When the kernel started, seconds since 1970.
std::optional<double> boot_time(const std::filesystem::path& proc) {
  std::ifstream file(proc / "stat");
  double seconds = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ") && std::istringstream(line.substr(6)) >> seconds) return seconds;
  }
  return std::nullopt;
}

/// proc(5), /proc/pid/stat. The name, field 2, is in parentheses and may hold
/// spaces and parentheses itself, so counting starts after the last one.
void read_stat(const std::filesystem::path& proc, ProcessStats& stats) {
  const std::string content = content_of(proc / "self" / "stat");
  const std::size_t name_end = content.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(content.substr(name_end + 1));
  std::string skipped;
  const auto skip = [&](int count) {
    while (count-- > 0) fields >> skipped;
  };
  double user = 0, system = 0, start = 0, virtual_bytes = 0, resident_pages = 0;
  skip(11);  // fields 3 to 13
  fields >> user >> system;
  skip(6);  // 16 to 21
  fields >> start >> virtual_bytes >> resident_pages;
  if (!fields) return;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  stats.cpu_seconds = (user + system) / ticks;
  stats.virtual_bytes = virtual_bytes;
  stats.resident_bytes = resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (const auto boot = boot_time(proc)) stats.start_time_seconds = *boot + start / ticks;
}

void read_descriptors(const std::filesystem::path& proc, ProcessStats& stats) {
  std::error_code error;
  std::filesystem::directory_iterator entry(proc / "self" / "fd", error);
  if (!error) {
    double count = 0;
    for (const std::filesystem::directory_iterator end; !error && entry != end;
         entry.increment(error)) {
      ++count;
    }
    stats.open_fds = count - 1;  // not the one that this reading takes
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    stats.max_fds = static_cast<double>(limit.rlim_cur);
  }
}

}  // namespace

ProcessStats read_process_stats(const std::filesystem::path& proc) {
  ProcessStats stats;
  read_stat(proc, stats);
  read_descriptors(proc, stats);
  return stats;
}

}  // namespace mxray
