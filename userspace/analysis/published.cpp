// SPDX-License-Identifier: Apache-2.0
#include "analysis/published.h"

#include <algorithm>

#include "analysis/flow_table.h"
#include "analysis/hops.h"

namespace mxray {
namespace {

constexpr std::size_t kMostServerSides = 64;
constexpr std::size_t kMostHairpins = 64;
constexpr int kUsualPrefix4 = 24, kUsualPrefix6 = 64;

}  // namespace

core::flow_key PublishedTable::key_of(const Endpoint& original) {
  core::flow_key key{};
  key.server = original.address;
  key.server_port = original.port;
  return key;
}

PublishedService* PublishedTable::learn(const Connection& connection,
                                        const std::string& first_interface) {
  const Flow& first = *connection.legs.front();
  const Flow& last = *connection.legs.back();
  const Endpoint original = server_endpoint(first.key), inner = server_endpoint(last.key);
  if (original == inner) return nullptr;
  // Somebody else's address: a proxy that catches what leaves, no service of ours.
  const bool is_ours = is_local_(original.address) || is_private(inner.address) ||
                       attached(inner.address) || !is_ipv4(inner.address);
  if (!is_ours) return nullptr;
  if (server_sides_.size() < kMostServerSides && last.key.interface != first.key.interface) {
    server_sides_.insert(last.key.interface);
  }
  PublishedService& service = services_.touch(key_of(original));
  service.original = original;
  service.inner = inner;
  service.server_interface = last.key.interface;
  const std::uint64_t now_ns = last.handshake.syn_ack_time_ns;
  if (comes_from_inside(first.key, first_interface, first.handshake.client_ttl)) {
    if (service.hairpins.size() >= kMostHairpins) service.hairpins.clear();
    service.hairpins[to_string(network_of_client(first.key.client))] = now_ns;
  } else {
    service.outside_interface = first.key.interface;
    service.last_reached_ns = std::max(service.last_reached_ns, now_ns);
    service.failures_since = 0;
  }
  return &service;
}

PublishedService* PublishedTable::find(const Endpoint& original) {
  return services_.find(key_of(original));
}

void PublishedTable::forget_hairpins(const core::address& original, const Network& clients) {
  for (auto& [key, service] : services_) {
    if (key.server == original) service.hairpins.erase(to_string(clients));
  }
}

std::vector<const PublishedService*> PublishedTable::of_address(const core::address& original) {
  std::vector<const PublishedService*> found;
  for (const auto& [key, service] : services_) {
    if (key.server == original) found.push_back(&service);
  }
  std::sort(found.begin(), found.end(), [](const PublishedService* a, const PublishedService* b) {
    return a->original.port < b->original.port;
  });
  return found;
}

bool PublishedTable::comes_from_inside(const core::flow_key& leg, const std::string& interface,
                                       std::uint8_t syn_ttl) const {
  const auto holder = is_local_(leg.server) ? attached(leg.server) : std::nullopt;
  const bool at_holder = holder && holder->interface == interface;
  // A private client at the interface of a public address comes through a VPN
  // or from the provider's own network.
  if (is_private(leg.client)) return !at_holder || is_private(leg.server);
  if (const auto own = attached(leg.client))
    return !(holder && holder->interface == own->interface);
  if (at_holder) return false;
  if (server_sides_.contains(leg.interface)) return true;
  // IPv6 has no private addresses worth the name; who is on the wire is inside.
  return !is_ipv4(leg.client) && hops_of(syn_ttl) == 0;
}

Network PublishedTable::network_of_client(const core::address& client) const {
  if (const auto own = attached(client)) return own->network;
  return network_around(client, is_ipv4(client) ? kUsualPrefix4 : kUsualPrefix6);
}

}  // namespace mxray
