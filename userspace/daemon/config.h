// SPDX-License-Identifier: Apache-2.0
// What can be configured, and is a value one that the daemon can work with?
//
// Each setting has one key in the file and at most one flag; both go through
// apply_setting(), so a value is judged the same wherever it was written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/port_table.h"
#include "base/result.h"
#include "probe/hook_choice.h"

namespace mxray {

/// Where a TCP server listens. An empty address means all of this machine's.
struct ListenAddress {
  std::string address = "127.0.0.1";  // IPv6 without brackets
  std::uint16_t port = 9725;          // 0: any free one
};
bool operator==(const ListenAddress& a, const ListenAddress& b);

/// `192.0.2.1:9725`, `[::1]:9725`, `:9725`.
std::string to_string(const ListenAddress& address);

/// How much of the past is kept on disk; whatever is reached first counts.
struct Retention {
  std::uint64_t max_age_ns = std::uint64_t{30} * 24 * 3600 * 1'000'000'000;
  std::uint64_t max_bytes = std::uint64_t{256} * 1024 * 1024;
};
bool operator==(const Retention& a, const Retention& b);

struct Config {
  std::vector<std::string> interfaces;
  PortTable ports = default_ports();
  AttachMode attach = AttachMode::kAuto;
  double slow_greeting_seconds = 5;
  std::uint32_t max_flows = 65536;
  std::string socket = "/run/mxray/mxrayd.sock";
  std::string socket_group;  // empty: that of the process
  std::filesystem::path state_dir = "/var/lib/mxray";
  ListenAddress web_listen;
  Retention retention;
  std::vector<std::string> local_domains;  // in lower case
  std::string reply_reasons;               // a file; empty: the table compiled in
  std::string web_config_file;             // empty: no TLS, no password
  bool kernel_statistics = false;          // have the kernel measure our programs
  std::string pin_dir;                     // on a bpffs; empty: all goes with the daemon
};

/// All keys of the file, nested ones with a dot: `retention.max_age`.
std::vector<std::string_view> setting_keys();

/// Sets `key` from texts (one, but for lists). The error says what is wrong with
/// the value and what to write instead; it does not name the key.
Status apply_setting(Config& config, std::string_view key, const std::vector<std::string>& values);

/// What cannot be seen from one value alone: at least one interface.
Status check_config(const Config& config);

/// The keys whose values differ.
std::vector<std::string_view> changed_settings(const Config& before, const Config& after);

}  // namespace mxray
