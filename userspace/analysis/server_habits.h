// SPDX-License-Identifier: Apache-2.0
// How do a server's packets usually look?
//
// Learnt from its connections that ended without suspicion, so that the first
// packet of a new one can be judged. Data, acknowledgements and resets come from
// several boxes where servers stand behind balancers; each is kept apart.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "record.h"

namespace mxray {

/// The few TTLs that a server's packets of one kind come with.
class UsualTtls {
 public:
  /// 0 is no TTL and teaches nothing.
  void learn(std::uint8_t ttl);
  /// The usual one nearest to `ttl`; nullopt if nothing was seen, or so much that
  /// nothing is usual.
  [[nodiscard]] std::optional<int> nearest(std::uint8_t ttl) const;

 private:
  static constexpr std::size_t kMost = 4;
  std::array<std::uint8_t, kMost> ttls_{};
  std::size_t count_ = 0;
  bool too_many_ = false;
};

/// A copy for one judgement. `connections` 0: nothing is known.
struct ServerHabits {
  std::uint32_t connections = 0;
  UsualTtls data{};    // data and acknowledgements
  UsualTtls resets{};  // of connections that the server reset and that then were silent
  std::optional<bool> dont_fragment{};  // of all its data and acknowledgements
  /// Its data never has the timestamps that its SYN-ACK offers: a firewall takes
  /// them off, or answers the handshake for it.
  bool lacks_timestamps = false;
  bool has_timestamps = false;  // it was seen to have them

  /// Fewer connections than three make no habit.
  [[nodiscard]] bool is_known() const { return connections >= 3; }
  /// Of its data and acknowledgements the usual TTL nearest to `ttl`.
  [[nodiscard]] std::optional<int> nearest_ttl(std::uint8_t ttl) const {
    return is_known() ? data.nearest(ttl) : std::nullopt;
  }
  [[nodiscard]] bool dont_fragment_varies() const { return is_known() && !dont_fragment; }
  /// Whether genuine resets of this server have had that very TTL.
  [[nodiscard]] bool usually_resets_with(std::uint8_t ttl) const {
    return is_known() && resets.nearest(ttl) == ttl;
  }
};

/// A reset that nobody knows the sender of, kept to compare with those of other
/// connections: see constant windows in forged_reset.cpp.
struct ForeignReset {
  core::flow_key flow{};
  std::uint8_t ttl = 0;
  std::uint16_t window = 0;
};

/// By server address, port and interface; bounded, the one used longest ago is
/// forgotten first.
class ServerTable {
 public:
  explicit ServerTable(std::size_t max_servers = 4096) : max_servers_(max_servers) {}

  /// A connection ended and nothing in it was suspicious.
  void learn(const core::record_flow& closed);
  /// A connection ended without a forged reply in it.
  void learn_timestamps(const core::record_flow& closed);
  /// Of the flow's server; nothing known if it is new or forgotten.
  [[nodiscard]] ServerHabits habits_of(const core::flow_key& flow) const;

  /// Remembers the reset; answers those of other connections to the same server
  /// whose window follows their TTL as this one's does, though the TTL differs.
  std::vector<core::flow_key> note_foreign_reset(const ForeignReset& reset);

 private:
  struct Server {
    core::flow_key key{};
    ServerHabits habits{};
    std::vector<ForeignReset> foreign_resets{};  // the latest few
  };
  using Position = std::list<Server>::iterator;
  Server& touch(const core::flow_key& flow);

  std::size_t max_servers_;
  std::list<Server> servers_;  // the latest first
  std::unordered_map<core::flow_key, Position> by_key_;
};

}  // namespace mxray
