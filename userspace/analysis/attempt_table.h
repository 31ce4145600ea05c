// SPDX-License-Identifier: Apache-2.0
// Which attempts to connect came to nothing, and which of them are one?
//
// A SYN that nobody answers or that a RST refuses is no connection, so it has no
// place among the flows. NAT shows an attempt more than once, as it does a
// connection, but here only the client's initial sequence number is known: legs
// must share it, have sent their SYNs together, and share the client's endpoint
// or the server's port. Of 100,000 SYNs within two seconds that also share that
// port, one pair in a run of 40,000 fits by chance.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/bounded_map.h"
#include "record.h"

namespace mxray {

struct Flow;

/// How an attempt stands.
enum class AttemptEnd : std::uint8_t {
  kSilent,    // so far
  kRefused,   // by a RST
  kAnswered,  // by a SYN-ACK, but perhaps not by whom it was meant for
};

struct Attempt {
  core::flow_key key{};
  core::protocol protocol = core::PROTOCOL_NONE;
  std::uint64_t first_syn_ns = 0;
  std::uint64_t last_syn_ns = 0;
  std::uint32_t client_isn = 0;
  int syn_count = 0;
  std::uint8_t syn_ttl = 0;
  AttemptEnd end = AttemptEnd::kSilent;
  std::uint8_t answer_ttl = 0;  // of the RST or the SYN-ACK
  bool settled = false;         // judged for good
};

/// All attempts, bounded: the one heard of longest ago is forgotten first, so a
/// SYN flood costs evidence and nothing else.
class AttemptTable {
 public:
  explicit AttemptTable(std::size_t most = 4096) : attempts_(most), most_(most) {}

  /// Of RECORD_SYN_REPEATED, RECORD_REFUSED and, of no flow, RECORD_SYN_ACK_REPEATED.
  Attempt& update(const core::record_flow& record);
  /// A SYN-ACK came, yet who sent it is in question.
  Attempt& note_answered(const Flow& flow);
  /// The attempt became a connection.
  void forget(const core::flow_key& key) { attempts_.erase(key); }
  /// Other sights of the same attempt: before or after NAT, or on a bridge's port.
  std::vector<Attempt*> other_legs(const Attempt& attempt);

  template <typename Visit>
  void for_each(Visit visit) {
    for (auto& [key, attempt] : attempts_) visit(attempt);
  }

 private:
  Attempt& touch(const core::flow_key& key, const core::handshake& handshake);
  void index(const Attempt& attempt);

  BoundedMap<core::flow_key, Attempt> attempts_;
  std::size_t most_;
  std::unordered_multimap<std::uint32_t, core::flow_key> by_isn_;  // may hold forgotten ones
};

}  // namespace mxray
