// SPDX-License-Identifier: Apache-2.0
// What is known, on disk and in what still waits for it?
#include <algorithm>
#include <tuple>
#include <utility>

#include "format/flow_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "store/store_state.h"

namespace mxray {

template <typename T>
std::optional<T> Store::State::readable(Result<T> result) {
  if (result) return *std::move(result);
  ++health_.rows_unreadable;
  return std::nullopt;
}

std::vector<Incident> Store::State::query(const IncidentFilter& filter) {
  std::vector<IncidentRow> rows;
  if (file_) {
    if (const auto failure = file_->query(filter, rows)) met(*failure);
  }
  // What waits is newer than what is on disk under the same id.
  std::erase_if(rows, [&](const IncidentRow& row) { return waiting_.find(row.id) != nullptr; });
  for (const IncidentRow& row : waiting_.incidents()) {
    if (fits(row, filter)) rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const IncidentRow& a, const IncidentRow& b) {
    return std::tie(a.time_ns, a.id) < std::tie(b.time_ns, b.id);
  });
  const std::size_t first = rows.size() - std::min(rows.size(), filter.limit);
  std::vector<Incident> incidents;
  for (std::size_t i = first; i < rows.size(); ++i) {
    if (auto incident = readable(incident_from_json(rows[i].json))) {
      incidents.push_back(std::move(*incident));
    }
  }
  return incidents;
}

std::optional<Incident> Store::State::find(std::string_view id) {
  std::optional<std::string> json;
  if (const IncidentRow* row = waiting_.find(id)) {
    json = row->json;
  } else if (file_) {
    if (const auto failure = file_->find(id, json)) met(*failure);
  }
  return json ? readable(incident_from_json(*json)) : std::nullopt;
}

FlowPage Store::State::flows_opened(const FlowFilter& filter) {
  FlowPage page;
  std::vector<StoreFile::StoredFlow> rows;
  if (file_) {
    if (const auto failure = file_->flows_opened(filter, rows)) met(*failure);
  }
  for (const StoreFile::StoredFlow& row : rows) {
    if (auto flow = readable(flow_from_json(row.json))) page.flows.push_back(std::move(*flow));
  }
  if (!rows.empty() && rows.size() == filter.limit) {
    page.next = rows.back().place;
    return page;
  }
  for (const FlowRow& row : waiting_.flows()) {
    if (row.time_ns < filter.since_ns || row.time_ns > filter.until_ns) continue;
    if (auto flow = readable(flow_from_json(row.json))) page.flows.push_back(std::move(*flow));
  }
  return page;
}

std::optional<std::uint64_t> Store::State::oldest_flow_ns() {
  std::optional<std::uint64_t> oldest;
  if (file_) {
    if (const auto failure = file_->oldest_flow(oldest)) met(*failure);
  }
  for (const FlowRow& row : waiting_.flows()) {
    oldest = std::min(oldest.value_or(row.time_ns), row.time_ns);
  }
  return oldest;
}

std::vector<PathRow> Store::State::path_rows() {
  std::vector<PathRow> rows;
  if (file_) {
    if (const auto failure = file_->paths(rows)) met(*failure);
  }
  // What waits is newer than what is on disk of the same server.
  std::erase_if(rows, [&](const PathRow& row) { return waiting_.find(row.server) != nullptr; });
  rows.insert(rows.end(), waiting_.paths().begin(), waiting_.paths().end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const PathRow& a, const PathRow& b) { return a.time_ns > b.time_ns; });
  if (rows.size() > kMaxPaths) rows.resize(kMaxPaths);
  return rows;
}

std::vector<Path> Store::State::paths() {
  std::vector<Path> paths;
  for (const PathRow& row : path_rows()) {
    if (auto path = readable(path_from_json(row.json))) paths.push_back(std::move(*path));
  }
  return paths;
}

std::optional<Path> Store::State::latest_path(const core::address& server) {
  for (const PathRow& row : path_rows()) {
    if (!(row.server.address == server)) continue;
    if (auto path = readable(path_from_json(row.json))) return path;
  }
  return std::nullopt;
}

}  // namespace mxray
