// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "store/sqlite.h"

namespace mxray {

StoreTest::StoreTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mxray-store-XXXXXX").string();
  const char* made = ::mkdtemp(pattern.data());
  EXPECT_NE(made, nullptr) << std::strerror(errno);
  directory_ = pattern;
}

StoreTest::~StoreTest() {
  if (mounted_) ::umount2(directory_.c_str(), MNT_DETACH);
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

std::vector<std::string> StoreTest::set_aside() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string name = entry.path().filename().string();
    const bool is_log = name.ends_with("-wal");
    if (name.starts_with("incidents.db.corrupt-") && !is_log) names.push_back(name);
  }
  return names;
}

bool StoreTest::mount_tmpfs(const std::string& size) {
  const std::string options = "mode=0700,size=" + size;
  // A mount namespace of its own: the host does not see the mount, and loses it
  // with the process however that ends.
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", directory_.c_str(), "tmpfs", 0, options.c_str()) != 0) {
    no_mount = fmt::format("NOT TESTED: a small tmpfs cannot be mounted ({}); run it as root",
                           std::strerror(errno));
    return false;
  }
  mounted_ = true;
  return true;
}

bool StoreTest::remount_read_only() {
  return ::mount("tmpfs", directory_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

Incident incident(const std::string& id, std::uint64_t time_ns) {
  Incident result;
  result.id = id;
  result.time_ns = time_ns;
  result.protocol = core::PROTOCOL_SMTP;
  result.interface = "eth0";
  result.client = {*parse_address("10.4.1.4"), 60661};
  result.server = {*parse_address("203.131.198.80"), 25};
  result.summary = "forged reply \"500 error\"";
  return result;
}

FlowView closed_flow(std::uint64_t opened_ns) {
  FlowView flow;
  flow.protocol = core::PROTOCOL_POP3;
  flow.state = FlowState::kClosed;
  flow.interface = "eth0";
  flow.client = {*parse_address("192.168.1.200"), 1523};
  flow.server = {*parse_address("2001:db8::110"), 110};
  flow.opened_ns = opened_ns;
  flow.greeting_delay_seconds = 34.25;
  return flow;
}

Path path_to(const char* server, std::uint16_t port, std::uint64_t time_ns) {
  Path path;
  path.server = {*parse_address(server), port};
  path.time_ns = time_ns;
  path.hops.emplace_back().distance = 1;
  path.hops.back().addresses = {*parse_address("192.0.2.1")};
  path.hops.back().rtt_ms = 0.612;
  return path;
}

std::uint64_t number_in(const std::filesystem::path& file, const std::string& sql) {
  sqlite::Database database(file, 1000);
  sqlite::Attempt failure;
  const std::uint64_t number = database.number(sql, failure);
  EXPECT_FALSE(failure) << failure->message;
  return number;
}

void execute_in(const std::filesystem::path& file, const std::string& sql) {
  sqlite::Database database(file, 1000);
  const auto failure = database.execute(sql);
  EXPECT_FALSE(failure) << failure->message;
}

std::vector<std::string> ids_of(const std::vector<Incident>& incidents) {
  std::vector<std::string> ids;
  for (const Incident& incident : incidents) ids.push_back(incident.id);
  return ids;
}

}  // namespace mxray
