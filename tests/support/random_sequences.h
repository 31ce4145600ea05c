// SPDX-License-Identifier: Apache-2.0
// Which sequences of packets would nobody think of? Whole sessions with packets
// lost, doubled, late, damaged, or of another session.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/fuzzed_conversation.h"
#include "support/random_packets.h"
#include "support/timed_packet.h"
#include "support/traces.h"

namespace mxray::test {

struct NamedTrace {
  std::string name;
  std::vector<TimedPacket> packets;
};

/// Every made-up session there is, IPv4 and IPv6: S0, S1, look-ups, forged and
/// genuine variants.
std::vector<NamedTrace> made_up_traces(Wrapping wrapping);

/// The same seed gives the same sequences on every machine. Half of them are
/// made-up traces, harmed; half are random bytes taken for a conversation
/// (fuzzed_conversation.h).
class RandomSequences {
 public:
  RandomSequences(std::uint64_t seed, Wrapping wrapping);

  /// At least one packet; times never go back, from one sequence to the next neither.
  std::vector<FuzzedPacket> next();

 private:
  std::vector<FuzzedPacket> harmed_trace();
  std::vector<FuzzedPacket> random_conversation();
  bool happens(std::uint64_t percent) { return random_.below(100) < percent; }

  Wrapping wrapping_;
  RandomPackets random_;
  std::vector<NamedTrace> traces_;
  std::uint64_t now_ns_ = 1'000'000'000;
};

}  // namespace mxray::test
