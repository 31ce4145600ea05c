// SPDX-License-Identifier: Apache-2.0
#include "format/placement_json.h"

#include "format/json_writer.h"

namespace mxray {
namespace {

using json::Object;

Object to_object(const std::optional<Hop>& hop) {
  if (!hop) return nullptr;
  Object out;
  out["distance"] = hop->distance;
  out["addresses"] = Object::array();
  for (const core::address& address : hop->addresses)
    out["addresses"].push_back(to_string(address));
  out["rtt_ms"] = json::milliseconds(hop->rtt_ms);
  return out;
}

Object to_object(const Placement& placement) {
  Object out;
  out["agreement"] = name_of(placement.agreement);
  out["place"] = place_name(placement);
  out["sentence"] = sentence(placement);
  out["ttl"] = nullptr;
  if (const auto& ttl = placement.ttl) {
    out["ttl"] = {{"nearest", ttl->nearest},
                  {"farthest", ttl->farthest},
                  {"asymmetry", ttl->asymmetry},
                  {"behind", to_object(ttl->behind)},
                  {"before", to_object(ttl->before)}};
  }
  out["delay"] = nullptr;
  if (const auto& delay = placement.delay) {
    out["delay"] = {{"nearest", delay->nearest}, {"farthest", delay->farthest}};
  }
  return out;
}

}  // namespace

std::string with_placement(std::string_view incident_line,
                           const std::optional<Placement>& placement) {
  Object incident = Object::parse(incident_line, nullptr, false);
  if (!incident.is_object()) return std::string(incident_line);
  incident["placement"] = placement ? to_object(*placement) : Object(nullptr);
  return json::line(incident);
}

}  // namespace mxray
