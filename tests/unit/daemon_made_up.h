// SPDX-License-Identifier: Apache-2.0
// Which made-up incidents and directories do the daemon's tests share?
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "analysis/incident.h"

namespace mxray::testing {

inline constexpr std::uint64_t kSecond = 1'000'000'000;

/// A certain forged reply on 203.0.113.80:25.
Incident forged_reply(const std::string& id, std::uint64_t time_ns);

/// A directory that lives as long as the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace mxray::testing
