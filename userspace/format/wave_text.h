// SPDX-License-Identifier: Apache-2.0
// How does a wave of forgeries read for the engineer on call?
#pragma once

#include <string>

#include "analysis/waves.h"
#include "base/time.h"

namespace mxray {

/// With fewer forgeries than this, shares are chance.
inline constexpr std::size_t kFewestForgeriesToJudge = 5;

/// What the wave may depend on and what not, in one or two sentences, among
/// command, destination network and client: `May depend on the command (14 of 15
/// follow RCPT TO); not bound to one network (9 of them).`
///
/// It claims no cause: at least 9 in 10 with one value is something the forger
/// may look for; no value with more than half is something it does not; flows
/// that were not hit are unknown to it, and it says so.
std::string finding(const Wave& wave);

/// `simple, window 0, TTL 56 to 57 (7 to 8 hops away)`.
std::string forger_in_words(const ForgerSignature& forger);

/// When, who, what, whom and the finding: a block of lines, each ended, without
/// an empty one. `width` columns; 0: nothing is wrapped.
std::string describe(const Wave& wave, int width, Zone zone = Zone::kUtc);

}  // namespace mxray
