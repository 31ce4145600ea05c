// SPDX-License-Identifier: Apache-2.0
// What does somebody get to read who has neither mxray nor this gateway?
//
// One page that stands for itself, to attach to a ticket: nothing in it is fetched,
// nothing runs. It is a pure function of what was seen, so the same incidents make
// the same page whether a daemon kept them or a capture file held them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "base/network.h"
#include "format/status_json.h"

namespace mxray {

/// No page is larger, whatever the daemon holds; what has no room is counted.
inline constexpr std::size_t kMostReportBytes = 2'000'000;

/// The capture files, where a report was made without a daemon.
struct CaptureFacts {
  std::vector<std::string> files;  // base names
  std::uint64_t packets = 0;
  std::uint64_t first_packet_ns = 0;  // wall clock; 0: there was none
  std::uint64_t last_packet_ns = 0;
  std::string problem;  // one sentence if a file could not be read to its end
};

/// Where a forger sits, by a path to the server it speaks for.
struct ForgerPlace {
  std::string name;      // `behind hop 6 (210.53.126.2), before hop 7`; empty: not placed
  std::string sentence;  // with what speaks for it
};

/// Inside addresses become client-1, host-1, network-1.
struct Anonymity {
  bool on = false;
  std::vector<Network> inside;  // beside private networks and all inside clients
};

struct ReportInput {
  std::string title;           // empty: a usual one
  std::string scope;           // `kind ident_stall; server 192.0.2.1`; empty: all incidents
  std::uint64_t made_ns = 0;   // wall clock
  std::uint64_t since_ns = 0;  // the period, wall clock
  std::uint64_t until_ns = 0;
  /// In any order. Those of ids_in_full() with their packets.
  std::vector<Incident> incidents;
  std::map<std::string, ForgerPlace> places;  // by incident, of those whose path is known
  /// How many connections to a server were watched in the period, by `ADDRESS:PORT`.
  std::map<std::string, std::uint64_t> connections;
  /// The daemon's; of captures filled with what the replay counted.
  DaemonStatus status;
  std::optional<CaptureFacts> captures;
  std::uint64_t complete_since_ns = 0;  // earlier incidents may be missing
  Anonymity anonymity;
};

/// The incidents that the page shows with their packets: a few of each group, the
/// clearest first. Their packets are wanted.
std::vector<std::string> ids_in_full(const std::vector<Incident>& incidents);

/// The page: HTML 5 that is well-formed XML, UTF-8, at most kMostReportBytes.
std::string render(const ReportInput& input);

}  // namespace mxray
