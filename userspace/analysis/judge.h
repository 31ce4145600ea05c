// SPDX-License-Identifier: Apache-2.0
// Was this packet forged, and how sure is that?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "record.h"

namespace mxray {

/// A packet under suspicion, as the evidence for or against it grows.
struct Suspicion {
  std::uint32_t signals = 0;  // enum signal
  core::segment segment{};    // the suspect packet
  core::baseline baseline{};  // of the sender it claims to be
  std::uint64_t rtt_ns = 0;
  std::uint64_t delay_ns = 0;
  bool from_server = true;  // it claims to be
};

struct Verdict {
  double score = 0;
  std::optional<Confidence> confidence;  // nullopt: not enough for an incident
  std::vector<Evidence> evidence;
};

/// Judges a data segment. TTL alone never suffices: it takes two signals that
/// no route change explains, or one of them and a TTL jump inside the data; too
/// early does not count beside the jump, for a shorter route shows both.
Verdict judge_data(const Suspicion& suspicion);

/// The confidence that a score stands for; nullopt below kPossible.
std::optional<Confidence> confidence_of(double score);

/// In which of its sender's habits `segment` differs, judged after the fact by
/// a genuine packet: enum signal bits.
std::uint32_t differences(const core::segment& segment, const core::segment& genuine,
                          const core::baseline& baseline);

/// The TTL that the sender's genuine packets have; nullopt if none was seen.
std::optional<int> baseline_ttl(const core::baseline& baseline);

/// Whether packets in one end's name differ in TTL, yet window minus TTL is one
/// number: national firewalls draw the TTL at random and set the window to match.
bool window_follows_ttl(const std::vector<Suspicion>& packets, bool from_server);

/// `simple`, `reflector` or `mimic`.
std::string forger_class(const Suspicion& suspicion);

/// The signals in a few words for the summary: `TTL 57≠49, no timestamps`.
std::string in_words(const Suspicion& suspicion);

}  // namespace mxray
