// SPDX-License-Identifier: Apache-2.0
// Between which two hops of a path does a forger sit?
//
// Two measurements place it, each without the other: the TTL of its packet says
// how many routers that passed, its delay how far away it can be at most. They
// are held against the path and against each other. docs/placing.md has the
// reasoning and what can lead it astray.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "path/path.h"

namespace mxray {

/// What is known of a forged packet; plain numbers, absent if unknown.
struct Sighting {
  std::optional<int> server_hops{};  // routers that the server's packets had passed
  std::optional<int> forger_hops{};  // that the forged one had passed
  /// This gateway's own routing is among them.
  std::optional<bool> after_routing{};
  std::optional<double> delay_ms{};  // from the packet it answers to itself
  std::string forger_class{};        // `simple`, `mimic`, ...; empty: unknown
};

/// By the TTL. A forger at distance d, where the router at hop d answers too, is
/// behind hop d - 1.
struct TtlPlace {
  int nearest = 0;  // distances; the two are equal unless the TTL leaves a doubt
  int farthest = 0;
  /// Hops that the way back from the server is shorter than the way there; 0 also
  /// where that cannot be told.
  int asymmetry = 0;
  std::optional<Hop> behind;  // hop nearest - 1; nullopt: the path has none
  std::optional<Hop> before;  // hop farthest; nullopt: the path has none
};

/// By the delay. The far end is firm: nobody answers before he is asked. The near
/// end supposes that the forger answered at once.
struct DelayPlace {
  double delay_ms = 0;
  /// The nearest hop that is not too near. One more than `farthest`: the delay
  /// falls on the link between the two, or beyond the path's last hop.
  int nearest = 0;
  int farthest = 0;             // the last that is not too far; 0: none, not even the first
  std::optional<Hop> at;        // hop `farthest`
  std::optional<Hop> excluded;  // hop `farthest` + 1; nullopt: the path ends
};

enum class Agreement {
  kNothing,  // neither of the two places it
  kTtlOnly,
  kDelayOnly,
  kAgree,
  kTooNear,  // the TTL says nearer than an answer given at once would be
  kTooFar,   // the TTL says farther than the delay allows
};

struct Placement {
  Agreement agreement = Agreement::kNothing;
  std::optional<TtlPlace> ttl;
  std::optional<DelayPlace> delay;
  std::optional<int> server_distance;  // of the path
  int last_hop = 0;                    // of the path, answered or not
  std::string forger_class;            // says why the TTL may tell nothing
};

/// Agreement::kNothing if neither TTL nor delay can be held against the path.
Placement place(const Sighting& sighting, const Path& path);

/// `behind hop 6 (210.53.126.2), before hop 7`; empty if nothing places it.
std::string place_name(const Placement& placement);

/// The place, what each measurement says, and whether the two agree: one or two
/// sentences for a person.
std::string sentence(const Placement& placement);

/// `agree`, `disagree`, `ttl_only`, `delay_only`, `nothing`.
std::string_view name_of(Agreement agreement);

}  // namespace mxray
