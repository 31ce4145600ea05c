// SPDX-License-Identifier: Apache-2.0
#include "analysis/told_packets.h"

#include <algorithm>

namespace mxray {
namespace {

constexpr std::size_t kMost = 256;  // forgeries within two seconds
constexpr std::uint64_t kApart_ns = 2'000'000'000;

bool is_same(const core::segment& a, const core::segment& b) {
  return a.seq == b.seq && a.ack == b.ack && a.length == b.length && a.digest == b.digest &&
         a.tcp_flags == b.tcp_flags &&
         std::max(a.time_ns, b.time_ns) - std::min(a.time_ns, b.time_ns) <= kApart_ns;
}

}  // namespace

void ToldPackets::note(const core::flow_key& flow, const core::segment& packet) {
  if (latest_.size() >= kMost) latest_.pop_front();
  latest_.push_back({flow, packet});
}

bool ToldPackets::knows(const core::flow_key& flow, const core::segment& packet) const {
  return std::any_of(latest_.begin(), latest_.end(), [&](const Told& told) {
    return told.flow.interface != flow.interface && told.flow.server == flow.server &&
           told.flow.server_port == flow.server_port && is_same(told.packet, packet);
  });
}

}  // namespace mxray
