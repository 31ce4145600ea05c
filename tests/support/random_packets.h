// SPDX-License-Identifier: Apache-2.0
// Which packets would nobody think of? A reproducible stream of bad ones.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/bytes.h"

namespace mxray::test {

struct RandomPacket {
  Bytes frame;
  bool has_ethernet = true;  // else it is to be read from the IP header on
};

/// The same seed gives the same packets on every machine. Half of them are
/// garbage; half are valid frames of every encapsulation and of the S0 and S1
/// flows with flipped bits, extreme length fields, cut or spliced or odd ends,
/// one in eight of these untouched, so that flows live on among the damage.
/// No frame has spare capacity behind its end.
class RandomPackets {
 public:
  explicit RandomPackets(std::uint64_t seed);
  RandomPacket next();

  /// The valid frames that are damaged: also a corpus for a fuzzer.
  [[nodiscard]] const std::vector<RandomPacket>& valid_packets() const { return valid_; }

  /// In one of these ways; a frame that is not empty may be so afterwards.
  void damage(Bytes& frame);
  /// In [0, limit); not std::uniform_int_distribution, which differs between
  /// standard libraries.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(engine_() % limit); }
  std::uint8_t byte() { return static_cast<std::uint8_t>(engine_() >> 32); }

 private:
  RandomPacket garbage();
  RandomPacket damaged();

  std::mt19937_64 engine_;
  std::vector<RandomPacket> valid_;
};

}  // namespace mxray::test
