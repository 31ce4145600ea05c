// SPDX-License-Identifier: Apache-2.0
#include "analysis/hairpin_evidence.h"

#include <fmt/format.h>

#include <utility>

#include "analysis/judge.h"
#include "analysis/weights.h"

namespace mxray {
namespace {

// How fresh the proof must be that the server is alive, to count in full.
constexpr std::uint64_t kAliveNow_ns = 60'000'000'000;

}  // namespace

void weigh_hairpin_failure(const Context& context, const HairpinScene& scene,
                           const HairpinCase& known, Incident& incident) {
  const Attempt& attempt = scene.attempt;
  incident.score = 0;
  incident.evidence.clear();
  if (scene.service != nullptr) {
    incident.add({"published_elsewhere",
                  fmt::format("{} is {} for clients on {}", to_string(scene.service->original),
                              to_string(scene.service->inner),
                              context.name_of_interface(scene.service->outside_interface)),
                  "the same for inside clients", weight::kPublishedElsewhere});
  }
  switch (known.failure) {
    case HairpinFailure::kRefusedHere:
      incident.add({"refused_by_gateway", fmt::format("RST with TTL {}", attempt.answer_ttl),
                    "the server's SYN-ACK, routed", weight::kAnsweredByGateway});
      break;
    case HairpinFailure::kAnsweredHere:
      incident.add({"answered_by_gateway", fmt::format("SYN-ACK with TTL {}", attempt.answer_ttl),
                    "the server's SYN-ACK, routed", weight::kAnsweredByGateway});
      break;
    case HairpinFailure::kSilentHere:
      incident.add({"not_forwarded", fmt::format("{} SYNs, none sent on", attempt.syn_count),
                    "a SYN to the server", weight::kNotForwarded});
      break;
    case HairpinFailure::kReturned:
      incident.add(
          {"returned_inside",
           fmt::format("sequence number {:08x} again on the same interface, to {}",
                       attempt.client_isn, to_string(server_endpoint(scene.translated->key))),
           "another client address, so that the answer comes back", weight::kReturnedInside});
      incident.add({"no_syn_ack",
                    fmt::format("{} SYNs on both legs, no SYN-ACK", attempt.syn_count),
                    "a SYN-ACK through this gateway", weight::kNoSynAck});
      if (const auto own = context.published.attached(attempt.key.client);
          own && contains(own->network, scene.translated->key.server)) {
        incident.add({"same_segment", fmt::format("both in {}", to_string(own->network)),
                      "a router between client and server", weight::kSameSegment});
      }
      break;
  }
  const bool silent =
      known.failure == HairpinFailure::kReturned || known.failure == HairpinFailure::kSilentHere;
  if (silent && scene.was_reached_within(kAliveNow_ns)) {
    incident.add({"server_answers_others", "outside clients reach it", "nobody does",
                  weight::kServerAnswersOthers});
  }
  if (known.attempts >= 3) {
    incident.add(
        {"again", fmt::format("{} attempts", known.attempts), "none", weight::kHairpinAgain});
  }
  incident.confidence = confidence_of(incident.score).value_or(Confidence::kPossible);
}

}  // namespace mxray
