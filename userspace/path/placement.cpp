// SPDX-License-Identifier: Apache-2.0
// The TTL. A host at traceroute distance d has d - 1 routers between itself and
// this gateway, and the gateway is one more where the packet was seen after its
// routing. So d = hops + 1 before the routing and hops + 0 after it. The server
// calibrates that: its distance is on the path, its hops were seen at the same
// place. A difference that is neither 0 nor 1, or not the one that is known, is
// owed to a way back of another length than the way there. Whether the routers
// more or less are in front of the forger or behind it cannot be told, so both
// ends are kept.
//
// The delay. A hop's least round trip bounds the true one from above, since
// routers are slow to answer but never early. The later hops bound it too: their
// packets pass it. So the least of a hop's and all later ones is the estimate. It
// rises along the path, and a hop without an answer lies between its neighbours.
#include "path/placement.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace mxray {
namespace {

// The least of three probes scatters by about so much: two turns of the kernel's
// scheduler and a router's moment for writing the ICMP message.
constexpr double kScatterMs = 2;
// A forger reads the mail command and makes its reply; boxes that do so were seen
// to take a few milliseconds of fifty. The path may also be another one today.
constexpr double kThinkingTime = 0.1;

const Hop* hop_at(const Path& path, int distance) {
  const bool there = distance >= 1 && distance <= static_cast<int>(path.hops.size());
  return there ? &path.hops[static_cast<std::size_t>(distance - 1)] : nullptr;
}

std::optional<Hop> copy_of(const Hop* hop) { return hop ? std::optional(*hop) : std::nullopt; }

std::optional<TtlPlace> place_by_ttl(const Sighting& sighting, const Path& path) {
  if (!sighting.forger_hops) return std::nullopt;
  // What the distance has more than the hops, at the least and at the most.
  std::pair offset(0, 1);
  if (sighting.after_routing) offset.first = offset.second = *sighting.after_routing ? 0 : 1;
  TtlPlace place;
  if (sighting.server_hops && path.server_distance) {
    const int seen = *path.server_distance - *sighting.server_hops;
    if (seen < offset.first) place.asymmetry = seen - offset.first;
    if (seen > offset.second) place.asymmetry = seen - offset.second;
    offset = place.asymmetry == 0
                 ? std::pair(seen, seen)
                 : std::pair(std::min(seen, offset.first), std::max(seen, offset.second));
  }
  place.nearest = std::max(*sighting.forger_hops + offset.first, 1);
  place.farthest = std::max(*sighting.forger_hops + offset.second, 1);
  place.behind = copy_of(hop_at(path, place.nearest - 1));
  place.before = copy_of(hop_at(path, place.farthest));
  return place;
}

std::optional<DelayPlace> place_by_delay(const Sighting& sighting, const Path& path) {
  const bool any = std::any_of(path.hops.begin(), path.hops.end(),
                               [](const Hop& hop) { return hop.rtt_ms.has_value(); });
  if (!sighting.delay_ms || !any) return std::nullopt;
  DelayPlace place;
  place.delay_ms = *sighting.delay_ms;
  const double most = place.delay_ms + kScatterMs;
  const double least = place.delay_ms * (1 - kThinkingTime) - kScatterMs;
  // From the far end, because each estimate is the least of the later ones.
  double estimate = std::numeric_limits<double>::infinity();
  const int last = static_cast<int>(path.hops.size());
  place.nearest = last + 1;
  place.farthest = last;
  for (int distance = last; distance >= 1; --distance) {
    const Hop& hop = *hop_at(path, distance);
    estimate = std::min(estimate, hop.rtt_ms.value_or(estimate));
    if (hop.rtt_ms && estimate > most) place.farthest = distance - 1;
    // Behind the last answer there is no estimate, only a path that goes on.
    if (estimate >= least && estimate < std::numeric_limits<double>::infinity()) {
      place.nearest = distance;
    }
  }
  place.at = copy_of(hop_at(path, place.farthest));
  place.excluded = copy_of(hop_at(path, place.farthest + 1));
  return place;
}

Agreement compare(const std::optional<TtlPlace>& ttl, const std::optional<DelayPlace>& delay) {
  if (!ttl && !delay) return Agreement::kNothing;
  if (!ttl) return Agreement::kDelayOnly;
  if (!delay) return Agreement::kTtlOnly;
  // Before hop farthest + 1 is still behind hop farthest. Of a path that ends
  // there the delay says nothing of what comes after.
  if (delay->excluded && ttl->nearest > delay->farthest + 1) return Agreement::kTooFar;
  if (ttl->farthest < delay->nearest) return Agreement::kTooNear;
  return Agreement::kAgree;
}

}  // namespace

Placement place(const Sighting& sighting, const Path& path) {
  Placement placement{.ttl = place_by_ttl(sighting, path),
                      .delay = place_by_delay(sighting, path),
                      .server_distance = path.server_distance,
                      .last_hop = static_cast<int>(path.hops.size()),
                      .forger_class = sighting.forger_class};
  placement.agreement = compare(placement.ttl, placement.delay);
  return placement;
}

std::string_view name_of(Agreement agreement) {
  switch (agreement) {
    case Agreement::kTtlOnly: return "ttl_only";
    case Agreement::kDelayOnly: return "delay_only";
    case Agreement::kAgree: return "agree";
    case Agreement::kTooNear:
    case Agreement::kTooFar: return "disagree";
    case Agreement::kNothing: break;
  }
  return "nothing";
}

}  // namespace mxray
