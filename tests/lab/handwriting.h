// SPDX-License-Identifier: Apache-2.0
// What do the headers of a forger look like? Of each kind one was seen in real
// captures; the kinds bear the names that incidents give them.
#pragma once

#include <map>
#include <random>

#include "tcp_segment.h"

namespace mxray::lab {

enum class Style {
  kSimple,          // its own stack's: what was given
  kMimic,           // all of the server's: TTL, IP ID, DF, window, timestamps
  kReflector,       // IP ID and window of the packet it answers
  kConstantWindow,  // a TTL at random, and window minus TTL always one number
};

/// `simple`, `mimic`, `reflector` or `constant-window`. Throws UsageError.
Style style_from(const std::string& name);

/// The last segment of the genuine sender in one flow.
struct Genuine {
  Header header;
  std::uint32_t next_seq = 0, ack = 0;
  double seen_at = 0;  // monotonic seconds
};

class Handwriting {
 public:
  /// `own`: what is not taken from others. With kConstantWindow its window is
  /// the difference between window and TTL.
  Handwriting(Style style, const Header& own) : style_(style), own_(own) {}

  /// Learns from a genuine segment that has still to pass one router.
  void observe(const Segment& segment);

  /// The genuine sender's last segment to the sender of `trigger`, if any was seen.
  [[nodiscard]] const Genuine* genuine_to(const Segment& trigger) const;

  /// The header of the next answer to `trigger`.
  Header next(const Segment& trigger);

 private:
  Header imitate(const Segment& trigger);

  Style style_;
  Header own_;
  std::map<std::uint16_t, Genuine> genuine_;  // by the port it goes to
  std::mt19937 random_{566};
};

}  // namespace mxray::lab
