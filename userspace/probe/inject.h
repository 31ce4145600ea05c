// SPDX-License-Identifier: Apache-2.0
// How does a packet of our own enter this host as if it had arrived on one of its
// interfaces?
//
// Only for checks that somebody asked for: the monitor never sends a packet. A
// packet sent to an own address goes over the loopback and meets other firewall
// rules than one from outside; this one meets the same.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace mxray {

/// `frame`: a whole Ethernet frame, from the destination's MAC address on; on an
/// interface without Ethernet headers the kernel takes it off again. Fails with the
/// remedy if the kernel is older than 5.18 or this process may not (CAP_BPF and
/// CAP_NET_ADMIN).
Status inject_frame(unsigned ifindex, std::span<const std::uint8_t> frame);

}  // namespace mxray
