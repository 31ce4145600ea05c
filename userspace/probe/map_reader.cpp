// SPDX-License-Identifier: Apache-2.0
// What do the kernel's maps say: counters, histograms, how full the tables are?
//
// A map does not know how many entries it has, and walking it costs about 1 us
// an entry: a second for a million, in which no record would be read. A batch
// look-up of a hash map proceeds bucket by bucket, though, and its cursor is
// the number of the next bucket (kernel/bpf/hashtab.c,
// __htab_map_lookup_and_delete_batch). The hash spreads entries evenly, so the
// first buckets tell how full all are.
#include "probe/map_reader.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "base/time.h"

namespace mxray {
namespace {

constexpr std::uint32_t kBatch = 1024;

}  // namespace

void sum_per_cpu_array(int map, std::span<std::uint64_t> sums) {
  const auto cpus = static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1));
  std::vector<std::uint64_t> values(cpus);
  for (std::size_t index = 0; index < sums.size(); ++index) {
    const auto key = static_cast<std::uint32_t>(index);
    sums[index] = 0;
    if (bpf_map_lookup_elem(map, &key, values.data()) != 0) continue;
    for (const auto value : values) sums[index] += value;
  }
}

std::uint64_t count_entries(const TableMap& table) {
  std::vector<std::byte> keys(std::size_t{kBatch} * table.key_size);
  std::vector<std::byte> values(std::size_t{kBatch} * ((table.value_size + 7) & ~7U));
  std::uint64_t entries = 0;
  std::uint32_t cursor = 0;
  void* from = nullptr;
  while (true) {
    std::uint32_t count = kBatch;
    const int error =
        bpf_map_lookup_batch(table.fd, from, &cursor, keys.data(), values.data(), &count, nullptr);
    if (error == -ENOENT) return entries + count;  // the last bucket is done
    if (error != 0) return 0;
    entries += count;
    from = &cursor;
    if (entries >= kExactEntries) break;
  }
  const auto buckets = std::bit_ceil(std::uint64_t{table.capacity});
  if (cursor == 0 || cursor >= buckets) return std::min<std::uint64_t>(entries, table.capacity);
  return std::min<std::uint64_t>(entries * buckets / cursor, table.capacity);
}

void MapFillCache::advance(const Programs& programs) {
  const std::uint64_t now = monotonic_ns();
  if (fill_.empty() || now - counted_ns_ < kBetweenTables) return;
  const auto tables = programs.tables();
  fill_[next_].entries = count_entries(tables[next_]);
  next_ = (next_ + 1) % tables.size();
  counted_ns_ = monotonic_ns();
}

const std::vector<MapFill>& MapFillCache::fill(const Programs& programs) {
  if (!fill_.empty()) return fill_;
  for (const auto& table : programs.tables()) {
    fill_.push_back({table.name, count_entries(table), table.capacity});
  }
  counted_ns_ = monotonic_ns();
  return fill_;
}

}  // namespace mxray
