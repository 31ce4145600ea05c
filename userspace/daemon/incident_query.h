// SPDX-License-Identifier: Apache-2.0
// Which incidents does a client ask for?
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/incident.h"
#include "base/result.h"

namespace mxray {

/// An address, and a port if only that one is meant.
struct ServerPattern {
  core::address address{};
  std::optional<std::uint16_t> port;
};

/// `192.0.2.1`, `192.0.2.1:25`, `2001:db8::1`, `[2001:db8::1]:25`; nullopt else.
std::optional<ServerPattern> parse_server_pattern(std::string_view text);

/// An empty list wants all.
struct IncidentQuery {
  std::uint64_t after = 0;     // a revision: only what became known later
  std::uint64_t since_ns = 0;  // wall clock, this moment included
  std::vector<Kind> kinds;
  std::vector<ServerPattern> servers;
  std::optional<std::size_t> limit;  // that many of the latest revisions

  [[nodiscard]] bool wants(const Incident& incident) const;
};

/// Reads `after`, `since_ns`, `limit`, `kind` and `server` (the last two may be lists
/// with commas). An unknown key is an error: a misspelt filter must not return all.
Result<IncidentQuery> parse_incident_query(const std::map<std::string, std::string>& query);

}  // namespace mxray
