// SPDX-License-Identifier: Apache-2.0
// What do mail servers ask the DNS, and wait for?
//
// Known only where the server's look-ups cross this gateway, and only of those
// that nobody answered for a while (bpf/lookup.h).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/address.h"
#include "record.h"

namespace mxray {

/// One question of a mail server that was not answered at once.
struct Lookup {
  core::address host{};   // who asks
  core::address asked{};  // the resolver that was asked last
  std::uint64_t question = 0;
  std::uint16_t type = 0;  // RFC 1035, 3.2.2: 12 is PTR
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;    // asked again, or answered
  std::uint64_t answer_ns = 0;  // 0: no answer was seen
  std::uint32_t queries = 0;
};

/// Bounded: the oldest are forgotten first.
class LookupTable {
 public:
  void update(const core::record_lookup& record);

  /// Of the look-ups of `host` that were open at some time between the two, the one
  /// that was open the longest; one for the name of `client` goes before all others,
  /// and may also be of an address of the other family.
  [[nodiscard]] std::optional<Lookup> longest(const core::address& host,
                                              const core::address& client, std::uint64_t from_ns,
                                              std::uint64_t until_ns) const;

 private:
  std::deque<Lookup> lookups_;  // the latest first
};

/// Whether the question asks for the name of that address (RFC 1035, 3.5; RFC 3596, 2.5).
bool asks_for_name_of(const Lookup& lookup, const core::address& address);

}  // namespace mxray
