// SPDX-License-Identifier: Apache-2.0
// Was this data segment forged, and how sure is that?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "analysis/suspicion.h"
#include "record.h"

namespace mxray {

struct Verdict {
  double score = 0;
  std::optional<Confidence> confidence;  // nullopt: not enough for an incident
  std::vector<Evidence> evidence;

  /// One more reason, as Evidence has it; its weight adds to the score.
  void add(std::string signal, std::string seen, std::string expected, double weight);
};

/// TTL alone never suffices: it takes two signals that no route change explains,
/// or one of them and a TTL jump; too early does not count beside the jump, for a
/// shorter route shows both.
Verdict judge_data(const Suspicion& suspicion);

/// The confidence that a score stands for; nullopt below kPossible.
std::optional<Confidence> confidence_of(double score);

/// The signals in a few words for the summary: `TTL 57≠49, no timestamps`.
std::string in_words(const Suspicion& suspicion);

}  // namespace mxray
