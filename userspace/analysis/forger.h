// SPDX-License-Identifier: Apache-2.0
// What kind of box forged this, and how far away is it?
#pragma once

#include <vector>

#include "analysis/incident.h"
#include "analysis/suspicion.h"

namespace mxray {

/// No larger than a TTL can be. Such a window is not held to follow its TTL: it is 0
/// on most resets, and a genuine one that is scaled to so little moves by as little
/// as a TTL does. The core draws the same line (bpf/signals.h).
inline constexpr int kSmallWindow = 255;

/// Whether packets in one end's name differ in TTL, yet window minus TTL is one
/// number: national firewalls draw the TTL at random and set the window to match.
bool window_follows_ttl(const std::vector<Suspicion>& packets, bool from_server);

/// Class, TTLs, window rule and hop counts of the forger, as far as the packet
/// tells. `constant_window`: what window_follows_ttl() or another connection has
/// shown. Where its TTL is no hop count, forger_hops is null and a row of
/// `evidence` says why.
void describe_forger(const Suspicion& suspicion, bool constant_window, Incident& incident);

}  // namespace mxray
