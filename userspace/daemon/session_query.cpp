// SPDX-License-Identifier: Apache-2.0
#include "daemon/session_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/number.h"
#include "base/text.h"
#include "daemon/comma_list.h"

namespace mxray {
namespace {

std::optional<FlowPlace> parse_place(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto opened_ns = parse_number<std::uint64_t>(text.substr(0, dot));
  const auto row = parse_number<std::uint64_t>(text.substr(dot + 1));
  if (!opened_ns || !row) return std::nullopt;
  return FlowPlace{*opened_ns, *row};
}

Status read_hosts(std::vector<ServerPattern>& hosts, const std::string& key,
                  std::string_view list) {
  for (const std::string_view item : items_of(list)) {
    const auto host = parse_server_pattern(item);
    if (!host) {
      return Error{fmt::format("{}: '{}' is not ADDRESS or ADDRESS:PORT", key, sanitize(item))};
    }
    hosts.push_back(*host);
  }
  return Ok{};
}

bool is_one_of(const std::vector<ServerPattern>& hosts, const Endpoint& endpoint) {
  return std::any_of(hosts.begin(), hosts.end(), [&](const ServerPattern& host) {
    return host.address == endpoint.address && host.port.value_or(endpoint.port) == endpoint.port;
  });
}

bool is_one_of(const std::vector<ServerPattern>& hosts, const std::optional<Endpoint>& endpoint) {
  return endpoint && is_one_of(hosts, *endpoint);
}

}  // namespace

bool SessionQuery::wants(const FlowView& flow) const {
  if (flow.opened_ns < filter.since_ns || flow.opened_ns > filter.until_ns) return false;
  const auto has_server = [&](const std::vector<ServerPattern>& list) {
    return is_one_of(list, flow.server) || is_one_of(list, flow.published_server);
  };
  if (!servers.empty() && !has_server(servers)) return false;
  return hosts.empty() || has_server(hosts) || is_one_of(hosts, flow.client) ||
         is_one_of(hosts, flow.inside_client);
}

Result<SessionQuery> parse_session_query(const std::map<std::string, std::string>& query) {
  SessionQuery parsed;
  parsed.filter.until_ns = std::numeric_limits<std::int64_t>::max();
  for (const auto& [key, value] : query) {
    if (key == "since_ns" || key == "until_ns") {
      const auto time_ns = parse_number<std::uint64_t>(value);
      if (!time_ns) return Error{fmt::format("{}: '{}' is not a number", key, sanitize(value))};
      (key == "since_ns" ? parsed.filter.since_ns : parsed.filter.until_ns) = *time_ns;
    } else if (key == "server" || key == "host") {
      if (Status read = read_hosts(key == "server" ? parsed.servers : parsed.hosts, key, value);
          !read) {
        return read.error();
      }
    } else if (key == "after") {
      parsed.filter.after = parse_place(value);
      if (!parsed.filter.after) {
        return Error{fmt::format("after: '{}' is no X-Mxray-Next", sanitize(value))};
      }
    } else {
      return Error{
          fmt::format("'{}' is unknown; there are since_ns, until_ns, server, host and "
                      "after",
                      sanitize(key))};
    }
  }
  return parsed;
}

std::string to_string(const FlowPlace& place) {
  return fmt::format("{}.{}", place.opened_ns, place.row);
}

}  // namespace mxray
