// SPDX-License-Identifier: Apache-2.0
// How is a placement said to a person? The place first, then what each
// measurement says of it, then what makes it doubtful.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "path/placement.h"

namespace mxray {
namespace {

std::string addresses_of(const Hop& hop) {
  constexpr std::size_t kMostShown = 3;
  if (hop.addresses.empty()) return "did not answer";
  std::string out = to_string(hop.addresses[0]);
  for (std::size_t i = 1; i < std::min(hop.addresses.size(), kMostShown); ++i) {
    out += " or " + to_string(hop.addresses[i]);
  }
  if (hop.addresses.size() > kMostShown) out += " or another";
  return out;
}

std::string with_address(const Hop& hop) {
  return fmt::format("hop {} ({})", hop.distance, addresses_of(hop));
}

// `hop 6 (210.53.126.2, 50.0 ms)`
std::string in_full(const Hop& hop) {
  if (!hop.rtt_ms) return with_address(hop);
  return fmt::format("hop {} ({}, {:.1f} ms)", hop.distance, addresses_of(hop), *hop.rtt_ms);
}

std::string counted(int number, const char* noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

std::string place_by_ttl(const Placement& placement) {
  const TtlPlace& ttl = *placement.ttl;
  if (ttl.farthest <= 1) {
    return (ttl.before ? "before " + with_address(*ttl.before) : "before the first hop") +
           ", in this network or on its first link";
  }
  const bool at_server = placement.server_distance == ttl.farthest;
  std::string out = ttl.behind ? "behind " + with_address(*ttl.behind)
                    : ttl.nearest <= 1
                        ? "behind this gateway"
                        : fmt::format("behind hop {}, where the path ends", placement.last_hop);
  if (at_server) {
    out += fmt::format(", before the server (hop {})", ttl.farthest);
    if (ttl.nearest == ttl.farthest) out += ", so on the server itself or at its site";
  } else if (ttl.before) {
    out += fmt::format(", before hop {}", ttl.farthest);
  } else if (placement.server_distance) {
    out += ", farther than the server itself";
  }
  return out;
}

// What the TTL says, to follow "its TTL puts it".
std::string by_ttl(const Placement& placement) {
  const TtlPlace& ttl = *placement.ttl;
  if (ttl.behind && ttl.before) {
    return fmt::format("between {} and {}", in_full(*ttl.behind), in_full(*ttl.before));
  }
  if (ttl.before) return "before " + in_full(*ttl.before);
  if (ttl.behind) return "behind " + in_full(*ttl.behind);
  return ttl.nearest == ttl.farthest ? counted(ttl.nearest, "hop") + " away"
                                     : fmt::format("{} to {} hops away", ttl.nearest, ttl.farthest);
}

// What the delay says, to follow "its delay of 54.1 ms".
std::string by_delay(const Placement& placement) {
  const DelayPlace& delay = *placement.delay;
  if (delay.farthest == 0) return "is shorter than that of any hop";
  if (delay.nearest > delay.farthest) {
    if (!delay.excluded) {
      return "is longer than that of every hop that answered";
    }
    return fmt::format("puts it between {} and {}", in_full(*delay.at), in_full(*delay.excluded));
  }
  std::string out = delay.nearest == 1 ? fmt::format("allows hops up to {}", delay.farthest)
                    : delay.nearest == delay.farthest
                        ? fmt::format("allows hop {}", delay.nearest)
                        : fmt::format("allows hops {} to {}", delay.nearest, delay.farthest);
  if (delay.excluded) {
    const bool known = delay.excluded->rtt_ms.has_value();
    out += fmt::format(" and excludes hop {}{} onwards", delay.excluded->distance,
                       known ? fmt::format(" ({:.1f} ms)", *delay.excluded->rtt_ms) : "");
  }
  return out;
}

std::string why_no_ttl(const Placement& placement) {
  if (placement.forger_class == "constant_window") {
    return "Its TTL tells nothing, because forgers of this kind draw it at random.";
  }
  if (placement.forger_class == "reflector" || placement.forger_class == "mimic") {
    return "Its TTL tells nothing, because forgers of this kind copy it from the packets they see.";
  }
  return "Its TTL tells nothing that could be counted from.";
}

std::string doubts(const Placement& placement) {
  if (!placement.ttl) return "";
  const TtlPlace& ttl = *placement.ttl;
  if (ttl.asymmetry != 0) {
    return fmt::format(
        " The way back from the server is {} {} than the way there, so the TTL's place is "
        "uncertain by as much.",
        counted(std::abs(ttl.asymmetry), "hop"), ttl.asymmetry > 0 ? "shorter" : "longer");
  }
  if (ttl.nearest != ttl.farthest) {
    return fmt::format(
        " Whether this gateway's own hop is counted is not known, since the path does not reach "
        "the server: it sits before hop {} or before hop {}.",
        ttl.nearest, ttl.farthest);
  }
  return "";
}

}  // namespace

std::string place_name(const Placement& placement) {
  if (placement.ttl) return place_by_ttl(placement);
  if (!placement.delay) return "";
  const DelayPlace& delay = *placement.delay;
  if (delay.farthest == 0) return "before the first hop";
  if (!delay.excluded) return "anywhere on the path";
  std::string out = "no farther than " + with_address(*delay.at);
  if (delay.nearest > 1 && delay.nearest <= delay.farthest) {
    out += fmt::format(", and no nearer than hop {} if it answered at once", delay.nearest);
  }
  return out;
}

std::string sentence(const Placement& placement) {
  const std::string delay =
      placement.delay
          ? fmt::format("its delay of {:.1f} ms {}", placement.delay->delay_ms, by_delay(placement))
          : "";
  const auto conclusion = [&placement] {
    const bool anywhere = !placement.ttl && !placement.delay->excluded;
    return fmt::format("The forger {} {}", anywhere ? "may be" : "is", place_name(placement));
  };
  switch (placement.agreement) {
    case Agreement::kTtlOnly:
      return fmt::format("{}: its TTL puts it {}; no delay is known that could confirm it.",
                         conclusion(), by_ttl(placement)) +
             doubts(placement);
    case Agreement::kDelayOnly:
      return fmt::format("{}: {}. {}", conclusion(), delay, why_no_ttl(placement));
    case Agreement::kAgree:
      return fmt::format("{}: its TTL puts it {}, and {}; both agree.", conclusion(),
                         by_ttl(placement), delay) +
             doubts(placement);
    case Agreement::kTooNear:
      return fmt::format(
                 "TTL and delay disagree about the forger: its TTL puts it {}, but {}. It may have "
                 "waited before it answered, or the way back is another one, or its TTL is made "
                 "up.",
                 by_ttl(placement), delay) +
             doubts(placement);
    case Agreement::kTooFar:
      return fmt::format(
                 "TTL and delay disagree about the forger: its TTL puts it {}, but {}. Nobody "
                 "answers before he is asked, so trust the delay: the way back is another one, or "
                 "its TTL is made up.",
                 by_ttl(placement), delay) +
             doubts(placement);
    case Agreement::kNothing: break;
  }
  return "Nothing places the forger: its TTL tells no distance, and there is no delay to hold "
         "against this path.";
}

}  // namespace mxray
