// SPDX-License-Identifier: Apache-2.0
#include "store/rows.h"

#include <algorithm>
#include <exception>

#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"

namespace mxray {

// The JSON library throws on what it cannot write. One such row must not stop
// the others, and would be no better at the next attempt.
std::optional<IncidentRow> row_of(const Incident& incident) try {
  return IncidentRow{incident.id, incident.time_ns, incident.kind, incident.server.address,
                     to_json_full(incident)};
} catch (const std::exception&) {
  return std::nullopt;
}

std::optional<FlowRow> row_of(const FlowView& flow) try {
  return FlowRow{flow.opened_ns, to_json_line(flow)};
} catch (const std::exception&) {
  return std::nullopt;
}

std::optional<PathRow> row_of(const Path& path) try {
  return PathRow{path.server, path.time_ns, to_json_line(path)};
} catch (const std::exception&) {
  return std::nullopt;
}

bool fits(const IncidentRow& row, const IncidentFilter& filter) {
  const auto wants = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return row.time_ns >= filter.since_ns && wants(filter.kinds, row.kind) &&
         wants(filter.servers, row.server);
}

}  // namespace mxray
