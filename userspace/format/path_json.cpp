// SPDX-License-Identifier: Apache-2.0
#include "format/path_json.h"

#include <fmt/format.h>

#include <cmath>

#include "format/incident_json.h"
#include "format/json_reader.h"
#include "format/json_writer.h"

namespace mxray {
namespace {

using json::Object;
using json::Reader;

Object to_object(const Hop& hop) {
  Object out;
  out["distance"] = hop.distance;
  out["addresses"] = Object::array();
  for (const core::address& address : hop.addresses) out["addresses"].push_back(to_string(address));
  out["rtt_ms"] = json::milliseconds(hop.rtt_ms);
  out["probes"] = hop.probes;
  out["answers"] = hop.answers;
  return out;
}

void read_count(const Reader& in, const char* name, int& target) {
  in.read_integer(name, target);
  if (target < 0) in.complain(name, "is negative");
}

Hop read_hop(const Reader& in, std::size_t distance) {
  Hop hop;
  in.read_integer("distance", hop.distance);
  if (hop.distance != static_cast<int>(distance)) {
    in.complain("distance", fmt::format("is not {}: hops go up from 1 without a gap", distance));
  }
  if (!in.has("addresses")) in.complain("addresses", "is missing");
  const std::vector<std::string> addresses = in.strings("addresses");
  if (addresses.size() > kMostHopAddresses) {
    in.complain("addresses", fmt::format("holds more than {}", kMostHopAddresses));
  }
  for (const std::string& text : addresses) {
    if (const auto address = parse_address(text)) {
      hop.addresses.push_back(*address);
    } else {
      in.complain("addresses", "holds '" + text + "', which is no address");
    }
  }
  in.read("rtt_ms", hop.rtt_ms);
  if (hop.rtt_ms && (!std::isfinite(*hop.rtt_ms) || *hop.rtt_ms < 0)) {
    in.complain("rtt_ms", "is no time that something can take");
  }
  read_count(in, "probes", hop.probes);
  read_count(in, "answers", hop.answers);
  return hop;
}

}  // namespace

std::string to_json_line(const Path& path) {
  Object out;
  out["schema_version"] = kSchemaVersion;
  out["server"] = json::endpoint(path.server);
  out["time"] = json::time(path.time_ns);
  out["server_distance"] = json::optional(path.server_distance);
  out["hops"] = Object::array();
  for (const Hop& hop : path.hops) out["hops"].push_back(to_object(hop));
  return json::line(out);
}

Result<Path> path_from_json(std::string_view text) {
  const Reader in(text, "path");
  Path path;
  in.read("server", path.server);
  in.read_time("time", path.time_ns);
  const std::vector<Reader> hops = in.objects("hops");
  if (hops.empty()) in.complain("hops", "is empty or missing");
  if (hops.size() > std::size_t{kMostHops})
    in.complain("hops", fmt::format("holds more than {}", kMostHops));
  for (const Reader& hop : hops) {
    if (in.problem()) break;
    path.hops.push_back(read_hop(hop, path.hops.size() + 1));
  }
  in.read("server_distance", path.server_distance);
  if (path.server_distance &&
      (*path.server_distance < 1 || *path.server_distance > static_cast<int>(hops.size()))) {
    in.complain("server_distance", "is none of the hops");
  }
  if (in.problem()) return Error{*in.problem()};
  return path;
}

}  // namespace mxray
