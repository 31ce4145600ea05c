// SPDX-License-Identifier: Apache-2.0
#include "daemon/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/un.h>

#include <algorithm>
#include <array>

#include "base/domain_name.h"
#include "base/suggestion.h"
#include "daemon/config_values.h"
#include "daemon/reason_file.h"
#include "server/web_access.h"

namespace mxray {
namespace {

using Values = std::vector<std::string>;

/// Stores a parsed value, or hands on why it was none.
template <typename T, typename Target>
Status store_in(Target& target, Result<T> parsed) {
  if (!parsed) return parsed.error();
  target = *std::move(parsed);
  return Ok{};
}

Status set_interfaces(Config& config, const Values& values) {
  std::vector<std::string> names;
  for (const std::string& value : values) {
    const Result<std::string> name = parse_interface_name(value);
    if (!name) return name.error();
    if (std::find(names.begin(), names.end(), *name) != names.end()) {
      return Error{fmt::format("'{}' is listed twice; leave one out", *name)};
    }
    names.push_back(*name);
  }
  config.interfaces = std::move(names);
  return Ok{};
}

Status set_attach(Config& config, const std::string& value) {
  const auto mode = parse_attach_mode(value);
  if (!mode) {
    return Error{fmt::format("'{}' is no attach mode; write auto, native, generic or tc", value)};
  }
  config.attach = *mode;
  return Ok{};
}

Status set_socket(Config& config, const std::string& value) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un{}.sun_path) - 1;
  if (value.empty() || value.size() > kLongest) {
    return Error{
        fmt::format("'{}' cannot be a socket's path; write 1 to {} characters", value, kLongest)};
  }
  config.socket = value;
  return Ok{};
}

Status set_local_domains(Config& config, const Values& values) {
  std::vector<std::string> domains;
  for (const std::string& value : values) {
    const Result<std::string> domain = parse_domain_name(value);
    if (!domain) return domain.error();
    domains.push_back(*domain);
  }
  config.local_domains = std::move(domains);
  return Ok{};
}

Status set_reply_reasons(Config& config, const std::string& value) {
  const Result<ReasonTable> table = read_reason_table(value);  // so that --check-config sees it
  if (!table) return table.error();
  config.reply_reasons = value;
  return Ok{};
}

Status set_web_config_file(Config& config, const std::string& value) {
  const Result<WebAccess> access = WebAccess::open(value);  // so that --check-config sees it
  if (!access) return access.error();
  config.web_config_file = value;
  return Ok{};
}

Status set_state_dir(Config& config, const std::string& value) {
  if (value.empty()) return Error{"it is empty; write a directory, e.g. /var/lib/mxray"};
  config.state_dir = value;
  return Ok{};
}

Status set_pin_dir(Config& config, const std::string& value) {
  if (value.empty() || value.front() == '/') {
    config.pin_dir = value;
    return Ok{};
  }
  return Error{fmt::format(
      "'{}' is no absolute path; write a directory on a bpffs, e.g. /sys/fs/bpf/mxray", value)};
}

struct Setting {
  std::string_view key;
  bool is_list;
  Status (*set)(Config&, const Values&);  // a single value for what is no list
  bool (*same)(const Config&, const Config&);
};

constexpr std::array kSettings{
    Setting{"interfaces", true, &set_interfaces,
            [](const Config& a, const Config& b) { return a.interfaces == b.interfaces; }},
    Setting{"ports", true,
            [](Config& config, const Values& values) {
              return store_in(config.ports, parse_ports(fmt::format("{}", fmt::join(values, ","))));
            },
            [](const Config& a, const Config& b) { return a.ports == b.ports; }},
    Setting{"attach", false,
            [](Config& config, const Values& values) { return set_attach(config, values[0]); },
            [](const Config& a, const Config& b) { return a.attach == b.attach; }},
    Setting{"slow_greeting_seconds", false,
            [](Config& config, const Values& values) {
              return store_in(config.slow_greeting_seconds, parse_seconds(values[0]));
            },
            [](const Config& a, const Config& b) {
              return !(a.slow_greeting_seconds < b.slow_greeting_seconds) &&
                     !(b.slow_greeting_seconds < a.slow_greeting_seconds);
            }},
    Setting{"max_flows", false,
            [](Config& config, const Values& values) {
              return store_in(config.max_flows, parse_count(values[0], 64, 16'777'216));
            },
            [](const Config& a, const Config& b) { return a.max_flows == b.max_flows; }},
    Setting{"socket", false,
            [](Config& config, const Values& values) { return set_socket(config, values[0]); },
            [](const Config& a, const Config& b) { return a.socket == b.socket; }},
    Setting{"socket_group", false,
            [](Config& config, const Values& values) -> Status {
              config.socket_group = values[0];
              return Ok{};
            },
            [](const Config& a, const Config& b) { return a.socket_group == b.socket_group; }},
    Setting{"state_dir", false,
            [](Config& config, const Values& values) { return set_state_dir(config, values[0]); },
            [](const Config& a, const Config& b) { return a.state_dir == b.state_dir; }},
    Setting{"web.listen_address", false,
            [](Config& config, const Values& values) {
              return store_in(config.web_listen, parse_listen_address(values[0]));
            },
            [](const Config& a, const Config& b) { return a.web_listen == b.web_listen; }},
    Setting{
        "web.config_file", false,
        [](Config& config, const Values& values) { return set_web_config_file(config, values[0]); },
        [](const Config& a, const Config& b) { return a.web_config_file == b.web_config_file; }},
    Setting{"kernel_statistics", false,
            [](Config& config, const Values& values) {
              return store_in(config.kernel_statistics, parse_switch(values[0]));
            },
            [](const Config& a, const Config& b) {
              return a.kernel_statistics == b.kernel_statistics;
            }},
    Setting{"pin_dir", false,
            [](Config& config, const Values& values) { return set_pin_dir(config, values[0]); },
            [](const Config& a, const Config& b) { return a.pin_dir == b.pin_dir; }},
    Setting{"retention.max_age", false,
            [](Config& config, const Values& values) {
              return store_in(config.retention.max_age_ns, parse_age(values[0]));
            },
            [](const Config& a, const Config& b) {
              return a.retention.max_age_ns == b.retention.max_age_ns;
            }},
    Setting{"retention.max_size", false,
            [](Config& config, const Values& values) {
              return store_in(config.retention.max_bytes, parse_size(values[0]));
            },
            [](const Config& a, const Config& b) {
              return a.retention.max_bytes == b.retention.max_bytes;
            }},
    Setting{"local_domains", true, &set_local_domains,
            [](const Config& a, const Config& b) { return a.local_domains == b.local_domains; }},
    Setting{
        "reply_reasons", false,
        [](Config& config, const Values& values) { return set_reply_reasons(config, values[0]); },
        [](const Config& a, const Config& b) { return a.reply_reasons == b.reply_reasons; }},
};

}  // namespace

bool operator==(const ListenAddress& a, const ListenAddress& b) {
  return a.address == b.address && a.port == b.port;
}

bool operator==(const Retention& a, const Retention& b) {
  return a.max_age_ns == b.max_age_ns && a.max_bytes == b.max_bytes;
}

std::string to_string(const ListenAddress& address) {
  const bool is_ipv6 = address.address.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", address.address, address.port)
                 : fmt::format("{}:{}", address.address, address.port);
}

std::vector<std::string_view> setting_keys() {
  std::vector<std::string_view> keys;
  for (const Setting& setting : kSettings) keys.push_back(setting.key);
  return keys;
}

Status apply_setting(Config& config, std::string_view key, const Values& values) {
  for (const Setting& setting : kSettings) {
    if (setting.key != key) continue;
    if (!setting.is_list && values.size() != 1) {
      return Error{fmt::format("it takes one value, not a list of {}", values.size())};
    }
    return setting.set(config, values);
  }
  const std::string_view guess = nearest(key, setting_keys());
  if (!guess.empty()) return Error{fmt::format("this key is unknown; did you mean '{}'?", guess)};
  return Error{fmt::format("this key is unknown; there are {}", fmt::join(setting_keys(), ", "))};
}

Status check_config(const Config& config) {
  if (config.interfaces.empty()) {
    return Error{
        "no interface to watch; give --interface IF (`default-route` for the default route's), or "
        "`interfaces: [IF]` in the file of --config"};
  }
  return Ok{};
}

std::vector<std::string_view> changed_settings(const Config& before, const Config& after) {
  std::vector<std::string_view> changed;
  for (const Setting& setting : kSettings) {
    if (!setting.same(before, after)) changed.push_back(setting.key);
  }
  return changed;
}

}  // namespace mxray
