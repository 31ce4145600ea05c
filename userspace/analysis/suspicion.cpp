// SPDX-License-Identifier: Apache-2.0
#include "analysis/suspicion.h"

#include <fmt/format.h>

#include <cstdlib>

#include "analysis/hops.h"
#include "analysis/record_view.h"
#include "analysis/traits.h"

namespace mxray {
namespace {

std::string in_connections(const ServerHabits& habits) {
  return fmt::format("in its last {} connections", habits.connections);
}

// A box in front may acknowledge what another one answers: then an acknowledgement
// proves no more than the SYN-ACK.
bool has_acks_of_its_own(const core::baseline& baseline) {
  return baseline.ack_ttl != 0 && baseline.ack_ttl != baseline.handshake_ttl;
}

// The very box that answered this handshake, whatever the others usually do.
bool is_of_handshake(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  return baseline.handshake_ttl == suspicion.segment.ttl &&
         has_dont_fragment(baseline.handshake_traits) ==
             has_dont_fragment(suspicion.segment.traits);
}

}  // namespace

Suspicion suspicion_of(const ServerTable& servers, const core::record_signal& record) {
  const bool from_server = record.from_server != 0;
  return {.signals = record.signals,
          .segment = record.current,
          .baseline = record.baseline,
          .habits = from_server ? servers.habits_of(record.header.flow) : ServerHabits{},
          .rtt_ns = record.rtt_ns,
          .delay_ns = record.delay_ns,
          .from_server = from_server,
          .trigger = from_server ? verb_of(record.trigger_verb) : core::VERB_NONE};
}

std::optional<ExpectedTtl> expected_ttl(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  if (baseline.data_segments > 0) return ExpectedTtl{baseline.data_ttl, "in its data"};
  const auto usual = suspicion.habits.nearest_ttl(suspicion.segment.ttl);
  const bool is_usual = usual == suspicion.segment.ttl;
  if (has_acks_of_its_own(baseline) && !is_usual) {
    return ExpectedTtl{baseline.ack_ttl, "in its acknowledgements"};
  }
  if (usual && !is_of_handshake(suspicion)) {
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
  if (has_acks_of_its_own(baseline)) {
    return ExpectedDf{has_dont_fragment(baseline.ack_traits), "in its acknowledgements"};
  }
  if (suspicion.habits.dont_fragment && !is_of_handshake(suspicion)) {
    return ExpectedDf{*suspicion.habits.dont_fragment, in_connections(suspicion.habits)};
  }
  if (baseline.handshake_ttl != 0) {
    return ExpectedDf{has_dont_fragment(baseline.handshake_traits), "in its SYN-ACK", true};
  }
  return std::nullopt;
}

}  // namespace mxray
