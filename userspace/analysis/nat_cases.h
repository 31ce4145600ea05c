// SPDX-License-Identifier: Apache-2.0
// Which faults of this gateway's NAT have been told of already?
//
// One wrong rule breaks connection after connection; it is one incident that is
// amended. A case is what has been counted for it.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_set>

#include "analysis/incident.h"
#include "base/address.h"
#include "record.h"

namespace mxray {

/// Clients, counted up to a bound.
class DistinctClients {
 public:
  void add(const core::address& client) {
    core::flow_key key{};
    key.client = client;
    if (keys_.size() < kMost) keys_.insert(key);
  }
  [[nodiscard]] std::size_t count() const { return keys_.size(); }

 private:
  static constexpr std::size_t kMost = 1000;
  std::unordered_set<core::flow_key> keys_;
};

/// Whether the n-th time is worth another line: the first three, then each doubling.
constexpr bool is_worth_telling(std::uint64_t n) { return n <= 3 || (n & (n - 1)) == 0; }

/// How an inside client's attempt at a published address failed.
enum class HairpinFailure : std::uint8_t {
  kRefusedHere,   // this gateway reset it
  kSilentHere,    // this gateway let it vanish
  kAnsweredHere,  // a server on this gateway answered
  kReturned,      // translated and sent back inside, where the answer takes a short cut
};

/// One published endpoint and one network of inside clients.
struct HairpinCase {
  std::uint64_t attempts = 0;
  std::uint64_t last_ns = 0;
  DistinctClients clients{};
  HairpinFailure failure = HairpinFailure::kRefusedHere;
  std::unique_ptr<Incident> incident{};
};

/// One published endpoint and the address that outside clients wear at its server.
struct MaskedCase {
  std::uint64_t connections = 0;
  std::uint64_t last_ns = 0;
  DistinctClients clients{};
  std::unique_ptr<Incident> incident{};
};

}  // namespace mxray
