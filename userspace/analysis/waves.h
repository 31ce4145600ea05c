// SPDX-License-Identifier: Apache-2.0
// Which forgeries come from one forger at one time, and whom did they hit?
//
// Forgers come in waves: hours of forged replies, then days without. A wave is
// the forged replies and resets of one signature with no pause longer than a gap
// between two of them; its tallies say how they spread over commands,
// destinations and clients.
//
// Incidents tell only of flows that were hit. What a wave has in common may be
// what the forger looks for, or just what passes this gateway most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/incident.h"

namespace mxray {

struct Share {
  std::string value;
  std::size_t count = 0;
};

/// How often each value occurred: the most frequent first, equals by value.
struct Tally {
  std::vector<Share> shares{};
  std::size_t unknown = 0;  // forgeries without a value

  [[nodiscard]] std::size_t known() const;
};

/// What the packets of one forger share.
///
/// The TTL belongs to it only where it counts hops, which is for class `simple`:
/// the others draw or copy it. Then all TTLs of a wave lie within one step.
/// Parallel routes (ECMP) and this gateway's own routing move one forger by one,
/// and apart its forgeries might be too few to tell anything. Two forgers next
/// to each other with the same stack at the same time are rarer, and least and
/// most TTL show them. More than one step is another place on the path: a real
/// forger was 2 from its server.
struct ForgerSignature {
  std::optional<std::string> forger_class;
  std::optional<std::string> window_rule;
  std::optional<int> least_ttl;
  std::optional<int> most_ttl;
};

struct Wave {
  ForgerSignature forger;
  std::uint64_t start_ns = 0;  // wall clock, of the first forgery
  std::uint64_t end_ns = 0;    // and of the last
  std::size_t replies = 0;
  std::size_t resets = 0;
  std::size_t certain = 0;  // of both
  std::string clearest;     // id of the one with the highest score, the earliest of equals
  Tally commands{};         // that the forgeries followed: `RCPT TO`
  Tally texts{};            // what the forged replies said; resets say nothing
  Tally networks{};         // of the servers: `203.131.198.0/24`, `2001:db8::/48`
  Tally servers{};          // addresses
  Tally clients{};          // addresses; the inside one if it is known
  Tally protocols{};
  std::vector<std::string> ids{};  // by time

  [[nodiscard]] std::size_t count() const { return replies + resets; }
};

inline constexpr std::uint64_t kDefaultGapNs = std::uint64_t{3600} * 1'000'000'000;

/// The waves among `incidents`, which may come in any order and be of any kind;
/// only forged_reply and forged_reset count. A pause of exactly `gap_ns` is
/// still inside a wave. The wave that ended last is last; the result does not
/// depend on the order of the incidents.
std::vector<Wave> group_into_waves(const std::vector<Incident>& incidents,
                                   std::uint64_t gap_ns = kDefaultGapNs);

/// `203.131.198.0/24` or `2001:db8::/48`: what one network usually gets.
std::string network_of(const core::address& address);

}  // namespace mxray
