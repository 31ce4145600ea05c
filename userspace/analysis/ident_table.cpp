// SPDX-License-Identifier: Apache-2.0
#include "analysis/ident_table.h"

#include "analysis/packet_rows.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxQueries = 4096;

}  // namespace

IdentQuery& IdentTable::update(const core::record_ident& record) {
  auto found = by_key_.find(record.header.flow);
  if (found != by_key_.end() && found->second->first_ns != record.first_query_time_ns) {
    queries_.erase(found->second);  // the server's port is used again
    by_key_.erase(found);
    found = by_key_.end();
  }
  if (found == by_key_.end()) {
    if (queries_.size() >= kMaxQueries) {
      by_key_.erase(queries_.back().key);
      queries_.pop_back();
    }
    queries_.emplace_front();
    queries_.front().key = record.header.flow;
    queries_.front().first_ns = record.first_query_time_ns;
    found = by_key_.emplace(record.header.flow, queries_.begin()).first;
  }
  IdentQuery& query = *found->second;
  query.queries = record.queries;
  query.last_ns = record.last_query_time_ns;
  query.rows.push_back(ident_row(record));
  if (record.event != core::IDENT_QUERY && record.event != core::IDENT_REPEATED) {
    query.outcome = record.event == core::IDENT_RESET         ? IdentOutcome::kReset
                    : record.event == core::IDENT_UNREACHABLE ? IdentOutcome::kUnreachable
                                                              : IdentOutcome::kAnswered;
    query.answer_ns = record.header.time_ns;
  }
  return query;
}

IdentQuery* IdentTable::find(const core::flow_key& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : &*found->second;
}

IdentQuery* IdentTable::unclaimed(const core::flow_key& flow, std::uint64_t since_ns) {
  IdentQuery* earliest = nullptr;
  for (IdentQuery& query : queries_) {
    if (query.flow || query.first_ns < since_ns) continue;
    if (!(query.key.client == flow.server && query.key.server == flow.client)) continue;
    if (query.key.interface != flow.interface) continue;
    if (earliest == nullptr || query.first_ns < earliest->first_ns) earliest = &query;
  }
  return earliest;
}

}  // namespace mxray
