// SPDX-License-Identifier: Apache-2.0
// What do the kernel's maps say: counters, histograms, how full the tables are?
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/kernel_stats.h"
#include "probe/programs.h"

namespace mxray {

/// Adds up each entry of a per-CPU array of u64 with `sums.size()` entries over
/// all CPUs. Entries that cannot be read stay 0.
void sum_per_cpu_array(int map, std::span<std::uint64_t> sums);

/// Entries of a hash map: exact up to kExactEntries, beyond that extrapolated
/// from the part of the hash buckets walked so far (within 3 % usually);
/// 0 if the kernel has no batch look-ups (before 5.6).
std::uint64_t count_entries(const TableMap& table);
inline constexpr std::uint64_t kExactEntries = 8192;

/// The fill of several tables. A large one takes tens of milliseconds to count, in
/// which no record is read and no request answered: so they are counted one by one,
/// and never because somebody asks.
class MapFillCache {
 public:
  static constexpr std::uint64_t kBetweenTables = 1'000'000'000;  // nanoseconds

  /// To be called often: counts the next table if the last was long enough ago.
  void advance(const Programs& programs);

  /// As counted last; all of them at the first call.
  const std::vector<MapFill>& fill(const Programs& programs);

 private:
  std::vector<MapFill> fill_;
  std::size_t next_ = 0;
  std::uint64_t counted_ns_ = 0;  // CLOCK_MONOTONIC
};

}  // namespace mxray
