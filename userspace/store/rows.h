// SPDX-License-Identifier: Apache-2.0
// What does a row of each table hold?
//
// The whole thing as JSON, so that a new field needs no new column, and beside
// it only what a query or a deletion asks for.
#pragma once

#include <cstdint>
#include <string>

#include "analysis/incident.h"
#include "analysis/snapshot.h"
#include "path/path.h"
#include "store/store.h"

namespace mxray {

struct IncidentRow {
  std::string id;
  std::uint64_t time_ns = 0;
  Kind kind = Kind::kForgedReply;
  core::address server{};
  std::string json;
};

struct FlowRow {
  std::uint64_t time_ns = 0;  // when it was opened
  std::string json;
};

struct PathRow {
  Endpoint server{};
  std::uint64_t time_ns = 0;  // when it was measured
  std::string json;
};

/// nullopt if it has no JSON form.
std::optional<IncidentRow> row_of(const Incident& incident);
std::optional<FlowRow> row_of(const FlowView& flow);
std::optional<PathRow> row_of(const Path& path);

/// Whether a row that is not on disk yet answers a query.
bool fits(const IncidentRow& row, const IncidentFilter& filter);

}  // namespace mxray
