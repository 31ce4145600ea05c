// SPDX-License-Identifier: Apache-2.0
// At which wall-clock time did something happen that the kernel timed?
//
// The kernel's records carry CLOCK_MONOTONIC, which is right for durations and
// meaningless to people. The difference to CLOCK_REALTIME moves when NTP steps
// or slews the clock, so it is measured again every few seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace mxray {

/// The difference between the two clocks, kept fresh.
class WallClock {
 public:
  /// Age after which refresh() measures again.
  static constexpr std::uint64_t kMaximumAge = 5'000'000'000;  // nanoseconds

  /// A smaller difference is measurement noise, and ignored: the same packet
  /// shall have the same time in every record that tells of it.
  static constexpr std::uint64_t kTolerance = 1'000'000;  // nanoseconds

  /// Measures for the first time. `before`: what another one measured last, which
  /// holds as long as it differs by noise only; 0: unknown.
  explicit WallClock(std::uint64_t before = 0) : offset_ns_(before) { measure(); }

  /// Measures again if the last time is older than kMaximumAge.
  void refresh();

  /// To add to a CLOCK_MONOTONIC time, nanoseconds.
  [[nodiscard]] std::uint64_t offset_ns() const { return offset_ns_; }

 private:
  void measure();
  std::uint64_t offset_ns_ = 0;
  std::uint64_t measured_ns_ = 0;  // CLOCK_MONOTONIC
};

/// Whether `record` has this version and the size of its type. The Error says
/// what is wrong.
Status check_record(std::span<const std::byte> record);

/// Adds `offset_ns` to every time field of `record` that is not 0 (0 means: not
/// seen, or unused). `record` must have passed check_record and be aligned to 8.
void shift_times(std::span<std::byte> record, std::uint64_t offset_ns);

}  // namespace mxray
