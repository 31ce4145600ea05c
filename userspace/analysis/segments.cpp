// SPDX-License-Identifier: Apache-2.0
#include "analysis/segments.h"

#include <algorithm>
#include <cstdlib>

namespace mxray {
namespace {

// More than a mail server's window ever is (RFC 7323, 2.3 allows 1 GiB); of numbers
// drawn at random, one in 128 is as near.
constexpr std::int32_t kFarthest = 1 << 24;

bool is_near(std::uint32_t a, std::uint32_t b) {
  const auto apart = static_cast<std::int32_t>(a - b);
  return apart > -kFarthest && apart < kFarthest;
}

}  // namespace

bool is_same_packet(const core::segment& a, const core::segment& b) {
  return a.seq == b.seq && a.length == b.length && a.digest == b.digest && a.ttl == b.ttl &&
         a.ip_id == b.ip_id;
}

bool is_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }

bool overlap(const core::segment& a, const core::segment& b) {
  return is_before(a.seq, b.seq + b.length) && is_before(b.seq, a.seq + a.length);
}

bool is_rewritten(const core::segment& a, const core::segment& b) {
  constexpr std::uint64_t kThrough_ns = 5'000'000;
  return a.seq == b.seq && a.ip_id == b.ip_id && std::abs(a.ttl - b.ttl) <= 1 &&
         std::max(a.time_ns, b.time_ns) - std::min(a.time_ns, b.time_ns) < kThrough_ns;
}

bool is_in_stream(const core::record_signal& record) {
  const core::signal_side& side = record.from_server != 0 ? record.server : record.client;
  bool any = false, near = false;
  // Neither a reset nor what is suspect itself tells how far the sender has come.
  const auto compare_with = [&](const core::segment& earlier) {
    if (earlier.time_ns == 0 || is_same_packet(earlier, record.current)) return;
    if ((earlier.tcp_flags & core::TCP_FLAG_RST) != 0) return;
    if ((earlier.traits & core::TRAIT_SUSPECT) != 0) return;
    any = true;
    near = near || is_near(earlier.seq, record.current.seq);
  };
  for (const core::segment& segment : side.first) compare_with(segment);
  for (const core::segment& segment : side.recent) compare_with(segment);
  return near || !any;
}

}  // namespace mxray
