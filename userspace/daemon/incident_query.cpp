// SPDX-License-Identifier: Apache-2.0
#include "daemon/incident_query.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/address.h"
#include "base/number.h"
#include "base/text.h"
#include "daemon/comma_list.h"

namespace mxray {
namespace {

Status read_key(IncidentQuery& query, const std::string& key, const std::string& value) {
  if (key == "after" || key == "since_ns") {
    const auto parsed = parse_number<std::uint64_t>(value);
    if (!parsed) return Error{fmt::format("{}: '{}' is not a number", key, sanitize(value))};
    (key == "after" ? query.after : query.since_ns) = *parsed;
    return Ok{};
  }
  if (key == "limit") {
    query.limit = parse_number<std::size_t>(value);
    if (!query.limit) return Error{fmt::format("limit: '{}' is not a number", sanitize(value))};
    return Ok{};
  }
  if (key == "kind") {
    for (const std::string_view item : items_of(value)) {
      const auto kind = kind_from_name(item);
      if (!kind) return Error{fmt::format("kind: '{}' is no kind of incident", sanitize(item))};
      query.kinds.push_back(*kind);
    }
    return Ok{};
  }
  if (key == "server") {
    for (const std::string_view item : items_of(value)) {
      const auto server = parse_server_pattern(item);
      if (!server) {
        return Error{fmt::format("server: '{}' is not ADDRESS or ADDRESS:PORT", sanitize(item))};
      }
      query.servers.push_back(*server);
    }
    return Ok{};
  }
  return Error{fmt::format("'{}' is unknown; there are after, since_ns, limit, kind and server",
                           sanitize(key))};
}

}  // namespace

std::optional<ServerPattern> parse_server_pattern(std::string_view text) {
  if (const auto address = parse_address(text)) return ServerPattern{*address, std::nullopt};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // without brackets the port could be part of the address
  }
  const auto address = parse_address(host);
  if (!address || !port) return std::nullopt;
  return ServerPattern{*address, *port};
}

bool IncidentQuery::wants(const Incident& incident) const {
  if (incident.time_ns < since_ns) return false;
  if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), incident.kind) == kinds.end()) {
    return false;
  }
  return servers.empty() ||
         std::any_of(servers.begin(), servers.end(), [&](const ServerPattern& server) {
           return server.address == incident.server.address &&
                  server.port.value_or(incident.server.port) == incident.server.port;
         });
}

Result<IncidentQuery> parse_incident_query(const std::map<std::string, std::string>& query) {
  IncidentQuery parsed;
  for (const auto& [key, value] : query) {
    if (const Status read = read_key(parsed, key, value); !read) return read.error();
  }
  return parsed;
}

}  // namespace mxray
