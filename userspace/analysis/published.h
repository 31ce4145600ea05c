// SPDX-License-Identifier: Apache-2.0
// Which services does this gateway publish, where are they, and who is inside?
//
// Learnt from connections whose legs have different servers: what the client
// asked for is the published endpoint, what the last leg has is the server.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/address.h"
#include "base/bounded_map.h"
#include "base/network.h"
#include "record.h"

namespace mxray {

struct Flow;
struct Connection;

/// One published endpoint.
struct PublishedService {
  Endpoint original;
  Endpoint inner;                       // where its latest connection was led to
  std::uint32_t outside_interface = 0;  // where outside clients come in; 0: none was seen
  std::uint32_t server_interface = 0;   // where the server's leg is
  std::uint64_t last_reached_ns = 0;    // by an outside client
  std::uint32_t failures_since = 0;     // of outside clients, since then
  std::map<std::string, std::uint64_t> hairpins{};  // network of inside clients → last success

  /// Outside clients do not get through either: nothing can be told of inside ones.
  [[nodiscard]] bool is_down() const { return failures_since >= 3; }
};

class PublishedTable {
 public:
  /// Both are AnalyzerSettings'.
  PublishedTable(std::function<bool(const core::address&)> is_local,
                 std::function<std::optional<AttachedNetwork>(const core::address&)> network_of)
      : is_local_(std::move(is_local)), network_of_(std::move(network_of)) {}

  /// A connection stands, and two of its legs are known; more may follow. Answers the
  /// service whose connection it is, if it is one.
  PublishedService* learn(const Connection& connection, const std::string& first_interface);
  /// nullptr if it is not known.
  PublishedService* find(const Endpoint& original);
  /// Clients of that network fail where they once got through: what was learnt of
  /// the address before is of other rules.
  void forget_hairpins(const core::address& original, const Network& clients);
  /// All known services of that published address, by port.
  std::vector<const PublishedService*> of_address(const core::address& original);

  /// Whether the client of this first leg is one of ours. `interface`: the leg's
  /// name; `syn_ttl`: of its SYN.
  [[nodiscard]] bool comes_from_inside(const core::flow_key& leg, const std::string& interface,
                                       std::uint8_t syn_ttl) const;
  /// The network of an inside client: the gateway's own one if it is on it, else
  /// the usual /24 or /64.
  [[nodiscard]] Network network_of_client(const core::address& client) const;
  [[nodiscard]] std::optional<AttachedNetwork> attached(const core::address& address) const {
    return network_of_ ? network_of_(address) : std::nullopt;
  }

 private:
  static core::flow_key key_of(const Endpoint& original);

  std::function<bool(const core::address&)> is_local_;
  std::function<std::optional<AttachedNetwork>(const core::address&)> network_of_;
  BoundedMap<core::flow_key, PublishedService> services_{1024};
  std::unordered_set<std::uint32_t> server_sides_;  // interfaces with a server's leg
};

}  // namespace mxray
