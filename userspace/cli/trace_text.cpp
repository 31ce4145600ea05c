// SPDX-License-Identifier: Apache-2.0
#include "cli/trace_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace mxray::cli {
namespace {

// Two digits of a short round trip tell a switch from a router; of a long one
// they would be noise.
std::string rtt_text(double ms) { return fmt::format("{:.{}f} ms", ms, ms < 10 ? 2 : 1); }

const Hop* last_answered(const Path& path) {
  const auto found = std::find_if(path.hops.rbegin(), path.hops.rend(),
                                  [](const Hop& hop) { return !hop.addresses.empty(); });
  return found == path.hops.rend() ? nullptr : &*found;
}

std::string why_not_reached(const trace::TraceResult& result) {
  if (result.obstacle) {
    return fmt::format(
        "{} at hop {} says: {}", to_string(result.obstacle->from), result.obstacle->distance,
        trace::unreachable_reason(is_ipv4(result.path.server.address), result.obstacle->icmp_code));
  }
  const Hop* last = last_answered(result.path);
  return last == nullptr ? std::string("no router on the way answered")
                         : fmt::format("the last that answered is {} at hop {}",
                                       to_string(last->addresses.front()), last->distance);
}

}  // namespace

std::string hop_line(const Hop& hop) {
  if (hop.addresses.empty()) return fmt::format("{:>2}  *", hop.distance);
  std::string addresses;
  for (const core::address& address : hop.addresses) {
    addresses += (addresses.empty() ? "" : ", ") + to_string(address);
  }
  const int width = is_ipv4(hop.addresses.front()) ? 15 : 26;
  return fmt::format("{:>2}  {:<{}}  {:>9}  {}/{}", hop.distance, addresses, width,
                     rtt_text(hop.rtt_ms.value_or(0)), hop.answers, hop.probes);
}

std::string trace_verdict(const trace::TraceResult& result) {
  const std::string server = to_string(result.path.server);
  if (!result.path.server_distance) {
    return fmt::format("server {} was not reached{}: {}", server,
                       result.interrupted ? " before the interruption" : "",
                       why_not_reached(result));
  }
  const std::string where = fmt::format("hop {}", *result.path.server_distance);
  const Hop& hop = result.path.hops.back();
  const std::string rtt = hop.rtt_ms ? ", " + rtt_text(*hop.rtt_ms) : "";
  return result.open
             ? fmt::format("server {} answers at {}{}", server, where, rtt)
             : fmt::format("server {} refuses the connection (RST) at {}{}", server, where, rtt);
}

std::string interception_note(const trace::TraceResult& result) {
  if (!result.interception || !result.path.server_distance) return "";
  return fmt::format(
      "port {} is answered at hop {}, but the way to port {} of the same address goes on to hop "
      "{}: a transparent proxy takes the mail at hop {}, or the server's site serves the two ports "
      "from different machines",
      result.path.server.port, *result.path.server_distance, result.interception->compared_port,
      result.interception->farther_hop, *result.path.server_distance);
}

}  // namespace mxray::cli
