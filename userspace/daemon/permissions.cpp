// SPDX-License-Identifier: Apache-2.0
#include "daemon/permissions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/capability.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

namespace mxray {
namespace {

bool has(cap_value_t capability) {
  cap_flag_value_t value = CAP_CLEAR;
  const cap_t mine = ::cap_get_proc();
  if (mine == nullptr) return false;
  const bool known = ::cap_get_flag(mine, capability, CAP_EFFECTIVE, &value) == 0;
  ::cap_free(mine);
  return known && value == CAP_SET;
}

}  // namespace

Status check_capabilities() {
  const bool is_admin = has(CAP_SYS_ADMIN);
  std::vector<const char*> missing;
  if (!has(CAP_NET_ADMIN)) missing.push_back("CAP_NET_ADMIN");
  if (!is_admin && !has(CAP_BPF)) missing.push_back("CAP_BPF");
  if (!is_admin && !has(CAP_PERFMON)) missing.push_back("CAP_PERFMON");
  if (missing.empty()) return Ok{};
  return Error{
      fmt::format("not permitted to attach to interfaces: {} missing; run mxrayd as root, or with "
                  "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN CAP_PERFMON under systemd",
                  fmt::join(missing, ", "))};
}

Status prepare_socket_directory(const std::string& socket_path) {
  std::filesystem::path directory = std::filesystem::path(socket_path).parent_path();
  if (directory.empty()) directory = ".";
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  if (problem) {
    return Error{
        fmt::format("cannot make the directory {} for the socket: {}; choose another "
                    "place with --socket",
                    directory.string(), problem.message())};
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return Error{fmt::format("cannot make a socket in {}: {}; choose another place with --socket",
                             directory.string(), std::strerror(errno))};
  }
  return Ok{};
}

}  // namespace mxray
