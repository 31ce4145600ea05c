// SPDX-License-Identifier: Apache-2.0
// What kind of box forged this, and how far away is it?
#pragma once

#include <vector>

#include "analysis/incident.h"
#include "analysis/suspicion.h"

namespace mxray {

/// Whether packets in one end's name differ in TTL, yet window minus TTL is one
/// number: national firewalls draw the TTL at random and set the window to match.
bool window_follows_ttl(const std::vector<Suspicion>& packets, bool from_server);

/// Class, TTLs, window rule and hop counts of the forger, as far as the packet
/// tells. `constant_window`: what window_follows_ttl() or another connection has
/// shown. Where its TTL is no hop count, forger_hops is null and a row of
/// `evidence` says why.
void describe_forger(const Suspicion& suspicion, bool constant_window, Incident& incident);

}  // namespace mxray
