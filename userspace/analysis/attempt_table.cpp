// SPDX-License-Identifier: Apache-2.0
#include "analysis/attempt_table.h"

#include <algorithm>
#include <iterator>

#include "analysis/flow_table.h"

namespace mxray {
namespace {

constexpr std::uint64_t kLegsApart_ns = 2'000'000'000;
constexpr std::size_t kMostLegs = 8;  // who numbers all SYNs alike must cost no more

bool are_near(std::uint64_t a_ns, std::uint64_t b_ns) {
  return std::max(a_ns, b_ns) - std::min(a_ns, b_ns) <= kLegsApart_ns;
}

bool are_legs(const Attempt& a, const Attempt& b) {
  if (a.client_isn != b.client_isn || a.key == b.key) return false;
  if (!are_near(a.first_syn_ns, b.first_syn_ns) && !are_near(a.last_syn_ns, b.last_syn_ns)) {
    return false;
  }
  return client_endpoint(a.key) == client_endpoint(b.key) || a.key.server_port == b.key.server_port;
}

}  // namespace

Attempt& AttemptTable::touch(const core::flow_key& key, const core::handshake& handshake) {
  Attempt& attempt = attempts_.touch(key);
  if (attempt.syn_count == 0 || attempt.client_isn != handshake.client_isn) {
    attempt = {.key = key,
               .first_syn_ns = handshake.syn_time_ns,
               .last_syn_ns = handshake.syn_time_ns,
               .client_isn = handshake.client_isn,
               .syn_ttl = handshake.client_ttl};
    index(attempt);
  }
  attempt.syn_count = std::max<int>({attempt.syn_count, handshake.syn_count, 1});
  return attempt;
}

void AttemptTable::index(const Attempt& attempt) {
  if (by_isn_.size() >= 4 * most_) {  // entries of the forgotten, once in a long while
    std::erase_if(by_isn_, [this](const auto& entry) {
      const Attempt* known = attempts_.find(entry.second);
      return known == nullptr || known->client_isn != entry.first;
    });
  }
  const auto [begin, end] = by_isn_.equal_range(attempt.client_isn);
  std::size_t count = 0;
  for (auto entry = begin; entry != end; ++entry, ++count) {
    if (entry->second == attempt.key) return;
  }
  if (count < kMostLegs) by_isn_.emplace(attempt.client_isn, attempt.key);
}

Attempt& AttemptTable::update(const core::record_flow& record) {
  Attempt& attempt = touch(record.header.flow, record.handshake);
  attempt.protocol = static_cast<core::protocol>(record.header.protocol);
  if (record.header.type == core::RECORD_REFUSED) {
    attempt.end = AttemptEnd::kRefused;
    attempt.answer_ttl = record.server.reset_ttl;
  } else if (record.header.type == core::RECORD_SYN_ACK_REPEATED) {
    attempt.end = AttemptEnd::kAnswered;
    attempt.answer_ttl = record.handshake.server_ttl;
    attempt.settled = true;  // who answers is there: what fails is behind or before this leg
  } else {
    attempt.last_syn_ns = record.header.time_ns;
  }
  return attempt;
}

Attempt& AttemptTable::note_answered(const Flow& flow) {
  Attempt& attempt = touch(flow.key, flow.handshake);
  attempt.protocol = flow.protocol;
  attempt.end = AttemptEnd::kAnswered;
  attempt.answer_ttl = flow.handshake.server_ttl;
  return attempt;
}

std::vector<Attempt*> AttemptTable::other_legs(const Attempt& attempt) {
  std::vector<Attempt*> legs;
  const auto [begin, end] = by_isn_.equal_range(attempt.client_isn);
  for (auto entry = begin; entry != end; ++entry) {
    Attempt* other = attempts_.find(entry->second);
    if (other != nullptr && are_legs(attempt, *other)) legs.push_back(other);
  }
  return legs;
}

}  // namespace mxray
