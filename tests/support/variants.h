// SPDX-License-Identifier: Apache-2.0
// Which sessions hold a forged packet, which only look so, and what has to be
// said of them?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/session.h"

namespace mxray::test {

/// What the incident on a forged session has to say; nullopt: not asked.
struct ExpectedForgery {
  bool reset = false;                    // forged_reset, else forged_reply
  bool at_once = false;                  // the decisive packet proves it, whatever comes later
  std::optional<std::string> text = {};  // the forged reply starts so
  std::optional<int> code = {};
  std::optional<std::string> forger_class = {};
  std::optional<int> baseline_ttl = 49;
  std::optional<int> forged_ttl = 57;
  std::optional<int> forger_hops = {};
  bool no_hops = false;  // none may be told, and the evidence says why
  std::optional<bool> accepted = {};
  std::optional<double> rtt_ms = {};  // of the path, whatever the forger does
};

struct Variant {
  std::string name;
  std::vector<Session::Step> steps;
  std::string client;  // as Session::endpoint() writes it
  std::string server;
  ExpectedForgery expected = {};  // of a forged session
};

void PrintTo(const Variant& variant, std::ostream* out);

/// A third party speaks: exactly one incident, on this connection.
std::vector<Variant> forged_variants(Wrapping wrapping = Wrapping::kEthernet, bool ipv6 = false);

/// Nobody does, though much looks odd: no forgery may be told.
std::vector<Variant> genuine_variants(Wrapping wrapping = Wrapping::kEthernet, bool ipv6 = false);

/// The same forger on so many connections to one server, a minute apart: one
/// incident on each, though what he does has become usual there.
std::vector<Variant> repeated_forgeries(bool reset, int connections);

/// `wrapping 2, IPv6`, for the messages of a test.
std::string form_name(Wrapping wrapping, bool ipv6);

/// The packets as they are, up to and with the decisive one if asked so.
std::vector<TimedPacket> packets_of(const Variant& variant, bool until_decisive = false);

/// As a monitor sees them that loses 2 % of the packets (no essential one), has
/// 2 % twice, and 2 % late: by up to 30 ms the server's, by 0.25 ms the client's.
/// Equal seeds give equal captures.
std::vector<TimedPacket> impaired_packets_of(const Variant& variant, std::uint64_t seed);

}  // namespace mxray::test
