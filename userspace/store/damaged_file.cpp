// SPDX-License-Identifier: Apache-2.0
#include "store/damaged_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/time.h"
#include "store/store_file.h"

namespace mxray {
namespace {

constexpr std::size_t kKept = 3;
constexpr std::string_view kInfix = ".corrupt-";

/// `20260926T144453Z`: sorts by time and needs no quoting in a shell.
std::string compact_time(std::uint64_t now_ns) {
  std::string text = rfc3339(now_ns).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

std::filesystem::path shared_memory_of(const std::filesystem::path& file) {
  return file.string() + "-shm";
}

void forget_all_but_latest(const std::filesystem::path& file) {
  const std::string prefix = file.filename().string() + std::string(kInfix);
  std::vector<std::filesystem::path> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(file.parent_path(), error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && !name.ends_with("-wal")) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i + kKept < found.size(); ++i) {
    std::filesystem::remove(found[i], error);
    std::filesystem::remove(log_of(found[i]), error);
  }
}

}  // namespace

Result<std::filesystem::path> set_aside(const std::filesystem::path& file, std::uint64_t now_ns) {
  const std::string base = file.string() + std::string(kInfix) + compact_time(now_ns);
  std::filesystem::path target = base;
  std::error_code error;
  for (int i = 2; std::filesystem::exists(target, error); ++i) {
    target = fmt::format("{}.{}", base, i);
  }
  std::filesystem::rename(file, target, error);
  if (error) {
    return Error{
        fmt::format("it could not be moved aside ({}): move it away by hand", error.message())};
  }
  // The log may hold what the database lacks. If there is none, all is said.
  std::filesystem::rename(log_of(file), log_of(target), error);
  std::filesystem::remove(shared_memory_of(file), error);
  forget_all_but_latest(file);
  return target;
}

}  // namespace mxray
