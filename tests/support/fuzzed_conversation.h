// SPDX-License-Identifier: Apache-2.0
// Which packets do any bytes stand for?
//
// Random packets seldom meet in one flow. Here every six bytes are one packet of
// one of a few connections, which go on where they were unless the bytes say
// otherwise: handshakes, lines of a mail dialogue, packets in somebody else's
// hand, ident queries, look-ups, a second pair of eyes behind NAT. So a fuzzer
// (tests/fuzz) and the differential test come deep into the core, and any input
// of the one is an input of the other.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "support/bytes.h"
#include "support/packet_builder.h"
#include "support/traces.h"

namespace mxray::test {

/// One packet: connection, sender and kind; wait and flags; words; hand and two values for it.
using FuzzedStep = std::array<std::uint8_t, 6>;

/// The input that makes these packets.
Bytes fuzzed_input(Wrapping wrapping, const std::vector<FuzzedStep>& steps);

struct FuzzedPacket {
  Bytes frame;
  bool has_ethernet = true;
  std::uint64_t time_ns = 0;  // never goes back
  std::uint32_t interface = 1;
};

class FuzzedConversation {
 public:
  /// The bytes must outlive it; the first of them chooses the wrapping unless that is given.
  explicit FuzzedConversation(ByteView input, std::optional<Wrapping> wrapping = std::nullopt);

  /// Empty when the bytes are used up.
  std::optional<FuzzedPacket> next();

 private:
  static constexpr std::size_t kStreams = 6;
  enum Side { kClient = 0, kServer = 1 };
  struct Stream {
    std::array<std::uint32_t, 2> next = {1'000'000, 2'000'000};  // sequence numbers
    std::array<std::uint16_t, 2> ip_id = {100, 30'000};
    std::uint16_t client_port = 40'001;
  };
  /// What the six bytes say.
  struct Step {
    std::uint8_t leg, kind, moment, flags, words, hand, value, other;
    Side from;
  };

  std::uint8_t take();
  ByteView take_counted();
  Step take_step();
  [[nodiscard]] Packet header(const Step& step, bool to_resolver) const;
  Bytes segment(const Step& step);
  Bytes words_of(const Step& step);
  [[nodiscard]] Bytes ident(const Step& step) const;
  [[nodiscard]] Bytes unreachable(const Step& step) const;
  [[nodiscard]] Bytes look_up(const Step& step) const;

  ByteView input_;
  Wrapping wrapping_;
  std::array<Stream, kStreams> streams_;
  std::uint64_t now_ns_ = 1'700'000'000'000'000'000;
};

}  // namespace mxray::test
