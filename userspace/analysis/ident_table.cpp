// SPDX-License-Identifier: Apache-2.0
#include "analysis/ident_table.h"

#include <iterator>

#include "analysis/packet_rows.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxQueries = 4096;

}  // namespace

IdentQuery& IdentTable::update(const core::record_ident& record) {
  auto found = by_key_.find(record.header.flow);
  if (found != by_key_.end() && found->second->first_ns != record.first_query_time_ns) {
    forget(found->second);  // the server's port is used again
    found = by_key_.end();
  }
  if (found == by_key_.end()) {
    if (queries_.size() >= kMaxQueries) forget(std::prev(queries_.end()));
    queries_.emplace_front();
    queries_.front().key = record.header.flow;
    queries_.front().first_ns = record.first_query_time_ns;
    found = by_key_.emplace(record.header.flow, queries_.begin()).first;
    unclaimed_[hosts_asked_about(record.header.flow)].push_back(queries_.begin());
  }
  IdentQuery& query = *found->second;
  query.queries = record.queries;
  query.last_ns = record.last_query_time_ns;
  merge_rows(query.rows, {ident_row(record)});
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
  const auto candidates = unclaimed_.find(hosts_of(flow));
  if (candidates == unclaimed_.end()) return nullptr;
  for (const Position query : candidates->second) {
    if (query->first_ns < since_ns) continue;
    if (earliest == nullptr || query->first_ns < earliest->first_ns) earliest = &*query;
  }
  return earliest;
}

void IdentTable::claim(IdentQuery& query, const core::flow_key& flow) {
  query.flow = flow;
  const auto candidates = unclaimed_.find(hosts_asked_about(query.key));
  if (candidates == unclaimed_.end()) return;
  std::erase_if(candidates->second, [&query](Position one) { return &*one == &query; });
  if (candidates->second.empty()) unclaimed_.erase(candidates);
}

void IdentTable::forget(Position query) {
  claim(*query, {});
  by_key_.erase(query->key);
  queries_.erase(query);
}

}  // namespace mxray
