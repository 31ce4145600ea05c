// SPDX-License-Identifier: Apache-2.0
#include "analysis/conflict.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "analysis/hops.h"
#include "analysis/segments.h"
#include "analysis/traits.h"
#include "analysis/weights.h"

namespace mxray {
namespace {

// The TTL that is kindest to the packet counts.
double ttl_against(const Suspicion& suspicion) {
  const core::baseline& baseline = suspicion.baseline;
  const int ttl = suspicion.segment.ttl;
  // The latest data may itself be forged; long-standing data is not.
  constexpr int kLongStanding = 3;
  std::vector<int> references;
  if (baseline.handshake_ttl != 0) references.push_back(baseline.handshake_ttl);
  if (baseline.ack_ttl != 0) references.push_back(baseline.ack_ttl);
  if (baseline.data_segments >= kLongStanding) references.push_back(baseline.data_ttl);
  if (const auto usual = suspicion.habits.nearest_ttl(suspicion.segment.ttl)) {
    references.push_back(*usual);
  }
  int distance = references.empty() ? 0 : 255;
  for (const int reference : references) distance = std::min(distance, std::abs(ttl - reference));
  if (distance > kRouteChange) return weight::kTtlHandshakeFar;
  return distance > 0 ? weight::kTtlHandshakeNear : 0;
}

// What speaks against a packet by itself, whatever the latest data looked like.
double weight_against(const Suspicion& suspicion, const core::handshake& handshake) {
  const core::segment& segment = suspicion.segment;
  double weight = ttl_against(suspicion);
  const auto add = [&](core::signal signal, double worth) {
    if ((suspicion.signals & static_cast<std::uint32_t>(signal)) != 0) weight += worth;
  };
  add(core::SIGNAL_REFLECTED, weight::kReflected);
  add(core::SIGNAL_CONSTANT_WINDOW, weight::kConstantWindow);
  add(core::SIGNAL_RESERVED_BITS, weight::kReservedBits);
  add(core::SIGNAL_TOO_EARLY, is_fronted(suspicion) ? 0 : weight::kTooEarly);
  if (segment.window == 0) weight += weight::kWindowZero;
  if ((handshake.client_options & handshake.server_options & core::OPTION_TIMESTAMPS) != 0 &&
      (segment.options & core::OPTION_TIMESTAMPS) == 0) {
    weight += weight::kNoTimestamps;
  }
  if (handshake.midstream == 0 && (segment.traits & core::TRAIT_IPV6) == 0 &&
      has_dont_fragment(segment.traits) != has_dont_fragment(suspicion.baseline.handshake_traits)) {
    weight += weight::kDontFragmentHandshake;
  }
  return weight;
}

// The earlier one, against which nothing was held when it came.
Suspicion unsuspected(const Suspicion& current, const core::segment& segment) {
  Suspicion suspicion = current;
  suspicion.signals = 0;
  suspicion.segment = segment;
  suspicion.delay_ns = 0;
  return suspicion;
}

// In which of its sender's habits `segment` differs: enum signal bits.
std::uint32_t differences(const core::segment& segment, const core::segment& genuine) {
  std::uint32_t signals = 0;
  if ((genuine.options & core::OPTION_TIMESTAMPS) != 0 &&
      (segment.options & core::OPTION_TIMESTAMPS) == 0) {
    signals |= core::SIGNAL_NO_TIMESTAMPS;
  }
  if (segment.window == 0 && segment.length > 0) signals |= core::SIGNAL_WINDOW_ZERO;
  if (has_dont_fragment(segment.traits) != has_dont_fragment(genuine.traits)) {
    signals |= core::SIGNAL_DONT_FRAGMENT;
  }
  if ((segment.traits & core::TRAIT_RESERVED_BITS) != 0) signals |= core::SIGNAL_RESERVED_BITS;
  return signals;
}

// The forged packet may have shaped what the sender is known for. Held against
// the genuine one it shows what it differs in.
void hold_against(Suspicion& forged, const core::segment& genuine) {
  if ((forged.segment.traits & core::TRAIT_SUSPECT) == 0) {
    forged.baseline.data_ttl = genuine.ttl;
    forged.baseline.data_traits = genuine.traits;
    forged.baseline.window = genuine.window;
    forged.baseline.ip_id = genuine.ip_id;
    forged.baseline.data_ttl_varies = 0;
    if (forged.baseline.data_segments == 0) forged.baseline.data_segments = 1;
  }
  forged.signals |= differences(forged.segment, genuine) | core::SIGNAL_CONFLICT;
}

}  // namespace

Conflict settle_conflict(const core::record_signal& record, Suspicion current,
                         const Suspicion* earlier) {
  if (is_rewritten(record.current, record.other)) {
    current.signals &= ~std::uint32_t{core::SIGNAL_IP_ID_REPEATED};
  }
  Suspicion other = earlier != nullptr ? *earlier : unsuspected(current, record.other);
  other.signals |= current.signals & core::SIGNAL_IP_ID_REPEATED;  // of the two together
  const double against_current = weight_against(current, record.handshake);
  const double against_other = weight_against(other, record.handshake);
  Conflict conflict;
  conflict.is_current = against_current > against_other;
  conflict.other_is_genuine = std::min(against_current, against_other) < weight::kProbable;
  conflict.forged = conflict.is_current ? current : other;
  hold_against(conflict.forged, conflict.is_current ? record.other : record.current);
  return conflict;
}

}  // namespace mxray
