// SPDX-License-Identifier: Apache-2.0
// How long did round trips, replies and greetings take?
//
// The core counts durations in cells, four to a power of two. Prometheus gets
// one bucket a power of two, 128 us to 134 s: a bound that is also a bound of
// cells, so a bucket is a sum of whole cells and no count is an estimate. (A
// cell excludes its upper bound and `le` includes it: a duration of exactly a
// power of two microseconds, to the nanosecond, counts in the next bucket.)
#include "metrics/subjects.h"

namespace mxray {
namespace {

constexpr std::uint32_t kFirstPower = 7;  // 2^7 us = 128 us
constexpr std::uint32_t kLastPower = 27;  // 2^27 us = 134.2 s

prometheus::ClientMetric::Histogram sum_cells(const KernelStats& kernel, core::histogram which,
                                              core::protocol protocol) {
  const auto cell = [&](std::uint32_t index) {
    return kernel.histogram_cells.at(core::histogram_cell(which, protocol, index));
  };
  prometheus::ClientMetric::Histogram result;
  std::uint32_t next = 0;
  std::uint64_t count = 0;
  for (std::uint32_t power = kFirstPower; power <= kLastPower; ++power) {
    const std::uint64_t bound_us = std::uint64_t{1} << power;
    while (core::histogram_bound_us(next) < bound_us) count += cell(next++);
    result.bucket.push_back({count, static_cast<double>(bound_us) / 1e6});
  }
  while (next < core::HISTOGRAM_BUCKETS) count += cell(next++);
  result.sample_count = count;
  result.sample_sum = static_cast<double>(cell(core::HISTOGRAM_SUM_CELL)) / 1e9;
  return result;
}

prometheus::MetricFamily delays(const KernelStats& kernel, core::histogram which, std::string name,
                                std::string help) {
  auto family = histogram(std::move(name), std::move(help));
  for (const core::protocol protocol : kMailProtocols) {
    add(family, {{"protocol", name_of(protocol)}}, sum_cells(kernel, which, protocol));
  }
  return family;
}

}  // namespace

void add_delay_families(const KernelStats& kernel, Families& families) {
  families.push_back(delays(kernel, core::HISTOGRAM_PATH_RTT, "mxray_path_rtt_seconds",
                            "Round trip from here to the server, SYN to SYN-ACK."));
  families.push_back(delays(kernel, core::HISTOGRAM_REPLY_DELAY, "mxray_reply_delay_seconds",
                            "Time from a command to its reply, as seen here."));
  families.push_back(delays(kernel, core::HISTOGRAM_GREETING_DELAY, "mxray_greeting_delay_seconds",
                            "Time from the client's SYN to the server's greeting."));
}

}  // namespace mxray
