// SPDX-License-Identifier: Apache-2.0
// Is what was raised on a variant (support/variants.h) what has to be raised?
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "base/address.h"
#include "support/variants.h"

namespace mxray::test {

inline std::string told(const std::vector<Incident>& incidents) {
  std::string all = "raised:";
  for (const Incident& incident : incidents) all += "\n  " + incident.summary;
  return all;
}

/// One incident, of the right kind, on the forged connection.
inline void expect_one_forgery(const Variant& variant, const std::vector<Incident>& incidents,
                               const std::string& when) {
  const std::string what = variant.name + ", " + when + ", " + told(incidents);
  ASSERT_EQ(incidents.size(), 1U) << what;
  const Incident& incident = incidents[0];
  EXPECT_EQ(incident.kind, variant.expected.reset ? Kind::kForgedReset : Kind::kForgedReply)
      << what;
  EXPECT_EQ(to_string(incident.client), variant.client) << what;
  EXPECT_EQ(to_string(incident.server), variant.server) << what;
  const auto& text = variant.expected.text;
  if (text) {
    EXPECT_THAT(incident.forgery->forged_text, testing::Optional(testing::StartsWith(*text)))
        << what;
  }
}

inline bool says_why_no_hops(const Incident& incident) {
  return std::any_of(incident.evidence.begin(), incident.evidence.end(),
                     [](const Evidence& evidence) {
                       return (evidence.signal + evidence.seen + evidence.expected).find("hop") !=
                              std::string::npos;
                     });
}

/// The forger, measured.
inline void expect_description(const Variant& variant, const Incident& incident) {
  using testing::Optional;
  const ExpectedForgery& expected = variant.expected;
  const Forgery& forgery = *incident.forgery;
  const std::string what = variant.name + ": " + incident.summary;
  if (expected.code) {
    EXPECT_THAT(forgery.forged_code, Optional(*expected.code)) << what;
  }
  if (expected.baseline_ttl) {
    EXPECT_THAT(forgery.baseline_ttl, Optional(*expected.baseline_ttl)) << what;
  }
  if (expected.forged_ttl) {
    EXPECT_THAT(forgery.forged_ttl, Optional(*expected.forged_ttl)) << what;
  }
  if (expected.forger_class) {
    EXPECT_THAT(forgery.forger_class, Optional(*expected.forger_class)) << what;
  }
  if (expected.forger_hops) {
    EXPECT_THAT(forgery.forger_hops, Optional(*expected.forger_hops)) << what;
  }
  if (expected.no_hops) {
    EXPECT_EQ(forgery.forger_hops, std::nullopt) << what;
    EXPECT_TRUE(says_why_no_hops(incident)) << what << ": no evidence says why no hops are told";
  }
  if (expected.accepted) {
    EXPECT_EQ(forgery.client_accepted.value_or(false), *expected.accepted) << what;
  }
  if (expected.rtt_ms) {
    EXPECT_THAT(forgery.rtt_ms, Optional(testing::DoubleNear(*expected.rtt_ms, 0.01))) << what;
  }
}

/// Of the packets that are shown the forged one is marked, the genuine one is not.
inline void expect_marks(const Incident& incident) {
  const Forgery& forgery = *incident.forgery;
  int forged = 0;
  for (const PacketRow& row : incident.packets) {
    if (row.text.empty()) continue;
    if (row.text == forgery.forged_text) {
      ++forged;
      EXPECT_TRUE(row.suspect) << row.text;
    } else if (row.text == forgery.genuine_text) {
      EXPECT_FALSE(row.suspect) << row.text;
    }
  }
  EXPECT_GT(forged, 0) << incident.summary;
}

/// No forgery and no ident stall; slow a lossy capture may make a greeting.
inline void expect_no_forgery(const Variant& variant, const std::vector<Incident>& incidents,
                              const std::string& when) {
  for (const Incident& incident : incidents) {
    EXPECT_EQ(incident.kind, Kind::kSlowGreeting)
        << variant.name << ", " << when << ": " << incident.summary;
  }
}

}  // namespace mxray::test
