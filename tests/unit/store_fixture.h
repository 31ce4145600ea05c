// SPDX-License-Identifier: Apache-2.0
// What do the tests of the store stand on?
#pragma once

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace mxray {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kDay = 24 * 3600 * kSecond;
constexpr std::uint64_t kNow = 1'790'433'840 * kSecond;  // 2026-09-26T14:44:00Z

/// A directory that goes with the test, with everything in it.
class StoreTest : public testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;
  StoreTest(const StoreTest&) = delete;
  StoreTest& operator=(const StoreTest&) = delete;

  [[nodiscard]] StoreSettings settings() const { return {.directory = directory_}; }
  [[nodiscard]] std::filesystem::path directory() const { return directory_; }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "incidents.db"; }
  /// Names in the directory that begin with `incidents.db.corrupt-`, without their logs.
  [[nodiscard]] std::vector<std::string> set_aside() const;

  /// Puts a tmpfs of so many bytes over the directory, seen by this process only;
  /// false, with the reason in `no_mount`, where that is not allowed.
  bool mount_tmpfs(const std::string& size);
  bool remount_read_only();
  std::string no_mount;

 private:
  std::filesystem::path directory_;
  bool mounted_ = false;
};

Incident incident(const std::string& id, std::uint64_t time_ns = kNow);
FlowView closed_flow(std::uint64_t opened_ns = kNow);
Path path_to(const char* server, std::uint16_t port = 25, std::uint64_t time_ns = kNow);

/// What SQLite itself reads from a file.
std::uint64_t number_in(const std::filesystem::path& file, const std::string& sql);
/// Executes statements on a file behind the store's back.
void execute_in(const std::filesystem::path& file, const std::string& sql);

std::vector<std::string> ids_of(const std::vector<Incident>& incidents);

}  // namespace mxray
