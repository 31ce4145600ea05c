// SPDX-License-Identifier: Apache-2.0
#include "analysis/suspicion.h"

#include <fmt/format.h>

#include <cstdlib>

#include "analysis/hops.h"
#include "analysis/traits.h"

namespace mxray {
namespace {

std::string in_connections(const ServerHabits& habits) {
  return fmt::format("in its last {} connections", habits.connections);
}

}  // namespace

std::optional<ExpectedTtl> expected_ttl(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  if (baseline.data_segments > 0) return ExpectedTtl{baseline.data_ttl, "in its data"};
  const auto usual = suspicion.habits.nearest_ttl(suspicion.segment.ttl);
  // A box in front may acknowledge what another one answers.
  const bool is_usual = usual == suspicion.segment.ttl;
  if (baseline.ack_ttl != 0 && !is_usual) {
    return ExpectedTtl{baseline.ack_ttl, "in its acknowledgements"};
  }
  if (usual) {
    // Of several usual ones that of this connection says most.
    const bool has_route =
        baseline.handshake_ttl != 0 && std::abs(*usual - baseline.handshake_ttl) <= kRouteChange;
    return ExpectedTtl{has_route ? baseline.handshake_ttl : *usual,
                       in_connections(suspicion.habits)};
  }
  if (baseline.handshake_ttl != 0) {
    return ExpectedTtl{baseline.handshake_ttl, "in its SYN-ACK", true};
  }
  return std::nullopt;
}

bool is_fronted(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  if (baseline.handshake_ttl == 0) return false;
  const auto expected = expected_ttl(suspicion);
  if (!expected || expected->is_handshake) {
    return suspicion.segment.ttl != baseline.handshake_ttl;
  }
  return expected->ttl != baseline.handshake_ttl;
}

std::optional<ExpectedDf> expected_dont_fragment(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  if ((suspicion.segment.traits & core::TRAIT_IPV6) != 0) return std::nullopt;
  if (baseline.data_segments > 0) {
    return ExpectedDf{has_dont_fragment(baseline.data_traits), "in its data"};
  }
  if (suspicion.habits.dont_fragment_varies()) return std::nullopt;
  if (baseline.ack_ttl != 0) {
    return ExpectedDf{has_dont_fragment(baseline.ack_traits), "in its acknowledgements"};
  }
  if (suspicion.habits.dont_fragment) {
    return ExpectedDf{*suspicion.habits.dont_fragment, in_connections(suspicion.habits)};
  }
  if (baseline.handshake_ttl != 0) {
    return ExpectedDf{has_dont_fragment(baseline.handshake_traits), "in its SYN-ACK", true};
  }
  return std::nullopt;
}

}  // namespace mxray
