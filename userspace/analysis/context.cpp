// SPDX-License-Identifier: Apache-2.0
#include "analysis/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace mxray {
namespace {

// FNV-1a, 64 bits: the same incident of the same packets has the same id in
// every replay, and nobody gains anything by a collision.
std::uint64_t fingerprint(std::span<const std::byte> bytes, std::uint64_t hash) {
  for (const std::byte byte : bytes) {
    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3ULL;
  }
  return hash;
}

std::string id_of(Kind kind, const core::flow_key& key, std::uint64_t time_ns,
                  std::string_view which) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  hash = fingerprint(std::as_bytes(std::span(&kind, 1)), hash);
  hash = fingerprint(std::as_bytes(std::span(&key, 1)), hash);
  hash = fingerprint(std::as_bytes(std::span(&time_ns, 1)), hash);
  hash = fingerprint(std::as_bytes(std::span(which)), hash);
  return fmt::format("{:012x}", hash & 0xffffffffffffULL);
}

}  // namespace

Incident Context::begin(Kind kind, const Flow& flow, std::uint64_t time_ns,
                        std::string_view which) {
  Incident incident = begin(kind, flow.key, flow.protocol, time_ns, which);
  incident.inside_client = FlowTable::inside_client(flow);
  return incident;
}

Incident Context::begin(Kind kind, const core::flow_key& key, core::protocol protocol,
                        std::uint64_t time_ns, std::string_view which) const {
  Incident incident;
  incident.id = id_of(kind, key, time_ns, which);
  incident.kind = kind;
  incident.time_ns = time_ns;
  incident.protocol = protocol;
  incident.interface = name_of_interface(key.interface);
  incident.client = client_endpoint(key);
  incident.server = server_endpoint(key);
  return incident;
}

std::string Context::name_of_interface(std::uint32_t interface) const {
  return settings.interface_name ? settings.interface_name(interface) : std::string();
}

std::string Context::routed_interface(const core::address& host, std::uint32_t seen_on) const {
  const auto own = published.attached(host);
  return own ? own->interface : name_of_interface(seen_on);
}

void Context::raise(Incident& incident) {
  const auto kind = static_cast<std::size_t>(incident.kind);
  const auto confidence = static_cast<std::size_t>(incident.confidence);
  ++totals.incidents[kind][confidence];
  totals.latest[kind][confidence] = {incident.id, incident.time_ns};
  if (incident.forgery) totals.forgeries.add(*incident.forgery);
  incident.counted_as = incident.confidence;
  report(incident);
}

void Context::amend(Incident& incident) {
  ++incident.amendments;
  ++totals.incident_amendments;
  // Each level on the way, so that "probable or more" is a sum without doubles.
  auto& promotions = totals.incident_promotions[static_cast<std::size_t>(incident.kind)];
  for (auto level = static_cast<std::size_t>(incident.counted_as) + 1;
       level <= static_cast<std::size_t>(incident.confidence); ++level) {
    ++promotions.at(level);
  }
  incident.counted_as = std::max(incident.counted_as, incident.confidence);
  report(incident);
}

std::string server_of(const Flow& flow) {
  return to_string(Endpoint{flow.key.server, flow.key.server_port});
}

std::string protocol_word(const Flow& flow) {
  switch (flow.protocol) {
    case core::PROTOCOL_SMTP: return "SMTP";
    case core::PROTOCOL_POP3: return "POP3";
    case core::PROTOCOL_IMAP: return "IMAP";
    default: return fmt::format("port {}", flow.key.server_port);
  }
}

}  // namespace mxray
