// SPDX-License-Identifier: Apache-2.0
#include "analysis/lookup_table.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "question.h"

namespace mxray {
namespace {

constexpr std::size_t kMaxLookups = 1024;
constexpr std::uint16_t kPointer = 12;  // PTR

// As in a question: each label behind its length (RFC 1035, 3.1), without the end.
std::string labels_of(std::string_view name) {
  std::string labels;
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    labels += static_cast<char>(label.size());
    labels += label;
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return labels;
}

std::uint64_t open_for(const Lookup& lookup, std::uint64_t from_ns, std::uint64_t until_ns) {
  const std::uint64_t from = std::max(lookup.first_ns, from_ns);
  const std::uint64_t until =
      lookup.answer_ns != 0 ? std::min(lookup.answer_ns, until_ns) : until_ns;
  return until > from ? until - from : 0;
}

}  // namespace

bool asks_for_name_of(const Lookup& lookup, const core::address& address) {
  if (lookup.type != kPointer) return false;
  std::array<core::u8, core::MAX_QUESTION> question{};
  const std::string name = labels_of(reverse_name(address));
  std::copy(name.begin(), name.end(), question.begin());
  question.at(name.size() + 2) = kPointer;  // behind the name's end and the type's upper byte
  core::u16 type = 0;
  return core::digest_of_question(question.data(), &type) == lookup.question;
}

void LookupTable::update(const core::record_lookup& record) {
  const auto found = std::find_if(lookups_.begin(), lookups_.end(), [&](const Lookup& known) {
    return known.first_ns == record.first_time_ns && known.question == record.question &&
           known.host == record.header.flow.client;
  });
  Lookup lookup = found == lookups_.end() ? Lookup{} : *found;
  if (found != lookups_.end()) lookups_.erase(found);
  lookup.host = record.header.flow.client;
  lookup.asked = record.header.flow.server;
  lookup.question = record.question;
  lookup.type = record.question_type;
  lookup.first_ns = record.first_time_ns;
  lookup.last_ns = record.header.time_ns;
  lookup.queries = record.queries;
  if (record.event == core::LOOKUP_ANSWERED) lookup.answer_ns = record.header.time_ns;
  lookups_.push_front(lookup);
  if (lookups_.size() > kMaxLookups) lookups_.pop_back();
}

std::optional<Lookup> LookupTable::longest(const core::address& host, const core::address& client,
                                           std::uint64_t from_ns, std::uint64_t until_ns) const {
  const Lookup* best = nullptr;
  const auto is_better = [&](const Lookup& lookup) {
    if (best == nullptr) return true;
    const bool about = asks_for_name_of(lookup, client);
    if (about != asks_for_name_of(*best, client)) return about;
    return open_for(lookup, from_ns, until_ns) > open_for(*best, from_ns, until_ns);
  };
  // A host with both families may ask over the other one; then the client's name tells.
  const auto is_of_host = [&](const Lookup& lookup) {
    return lookup.host == host ||
           (is_ipv4(lookup.host) != is_ipv4(host) && asks_for_name_of(lookup, client));
  };
  for (const Lookup& lookup : lookups_) {
    if (lookup.last_ns < from_ns || !is_of_host(lookup)) continue;
    if (open_for(lookup, from_ns, until_ns) != 0 && is_better(lookup)) best = &lookup;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace mxray
