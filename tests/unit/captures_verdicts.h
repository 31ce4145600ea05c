// SPDX-License-Identifier: Apache-2.0
// Is what was raised on other people's captures (captures_expected.h) right?
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "unit/captures_expected.h"

namespace mxray::test {

/// A file's name as gtest takes it: letters and digits only.
inline std::string test_name_of(const std::string& file) {
  std::string name;
  for (const char c : std::filesystem::path(file).stem().string()) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
  }
  return name;
}

inline bool is_about(const Incident& incident, const ForgedFlow& flow) {
  return to_string(incident.client) == flow.client && to_string(incident.server) == flow.server;
}

/// Each forged connection has its incident, of the right kind and once.
inline void expect_forged_flows(const ForgedCapture& capture,
                                const std::vector<Incident>& incidents) {
  for (const ForgedFlow& flow : capture.flows) {
    int replies = 0, resets = 0;
    for (const Incident& incident : incidents) {
      if (!is_about(incident, flow)) continue;
      replies += incident.kind == Kind::kForgedReply ? 1 : 0;
      resets += incident.kind == Kind::kForgedReset ? 1 : 0;
    }
    const std::string where = capture.file + ", " + flow.client + " to " + flow.server;
    switch (flow.what) {
      case ForgedFlow::What::kReply: EXPECT_EQ(replies, 1) << where << ": forged_reply"; break;
      case ForgedFlow::What::kReset: EXPECT_EQ(resets, 1) << where << ": forged_reset"; break;
      case ForgedFlow::What::kReplyOrReset:
        EXPECT_GE(replies + resets, 1) << where << ": either kind";
        EXPECT_LE(replies, 1) << where;
        EXPECT_LE(resets, 1) << where;
        break;
    }
  }
}

/// No connection is accused that holds no forged packet, and none of the wrong kind.
inline void expect_no_other_flows(const ForgedCapture& capture,
                                  const std::vector<Incident>& incidents) {
  for (const Incident& incident : incidents) {
    EXPECT_NE(incident.kind, Kind::kIdentStall) << capture.file << ": " << incident.summary;
    if (!is_forgery(incident.kind)) continue;
    const bool listed =
        std::any_of(capture.flows.begin(), capture.flows.end(), [&](const ForgedFlow& flow) {
          if (!is_about(incident, flow)) return false;
          return flow.what == ForgedFlow::What::kReplyOrReset ||
                 (flow.what == ForgedFlow::What::kReply) == (incident.kind == Kind::kForgedReply);
        });
    EXPECT_TRUE(listed) << capture.file << ", " << to_string(incident.client) << ": "
                        << incident.summary;
  }
}

/// Class and TTLs are those of the packet that the table names, and only a
/// forger with a stack of its own gets a distance.
inline void expect_descriptions(const ForgedCapture& capture,
                                const std::vector<Incident>& incidents) {
  using testing::Optional;
  for (const Incident& incident : incidents) {
    for (const ForgedFlow& flow : capture.flows) {
      if (!is_forgery(incident.kind) || !is_about(incident, flow)) continue;
      const std::string where = capture.file + ", " + flow.client + ": " + incident.summary;
      const Forgery& forgery = *incident.forgery;
      if (flow.baseline_ttl) {
        EXPECT_THAT(forgery.baseline_ttl, Optional(*flow.baseline_ttl)) << where;
      }
      if (flow.forged_ttl) {
        EXPECT_THAT(forgery.forged_ttl, Optional(*flow.forged_ttl)) << where;
      }
      if (!flow.forger_class) continue;
      EXPECT_THAT(forgery.forger_class, Optional(*flow.forger_class)) << where;
      if (*flow.forger_class != "simple") {
        EXPECT_EQ(forgery.forger_hops, std::nullopt) << where;
      }
    }
  }
}

/// Genuine traffic: slow it may be, and refused, but not forged.
inline void expect_genuine(const std::string& what, const std::vector<Incident>& incidents) {
  for (const Incident& incident : incidents) {
    EXPECT_TRUE(incident.kind == Kind::kSlowGreeting || incident.kind == Kind::kRejected)
        << what << ": " << incident.summary;
  }
}

}  // namespace mxray::test
