// SPDX-License-Identifier: Apache-2.0
// Between which two hosts is this flow, whatever its ports?
//
// What ident joins by: the mail connection and the query about it share their
// hosts and nothing else.
#pragma once

#include "base/address.h"
#include "record.h"

namespace mxray {

/// A flow's key with both ports 0.
struct HostPair {
  core::flow_key key{};
  bool operator==(const HostPair& other) const { return key == other.key; }
};

inline HostPair hosts_of(core::flow_key key) {
  key.client_port = 0;
  key.server_port = 0;
  return {key};
}

/// The mail connections that a query to port 113 may be about: its asker is
/// their server.
inline HostPair hosts_asked_about(const core::flow_key& query) {
  HostPair hosts = hosts_of(query);
  hosts.key.client = query.server;
  hosts.key.server = query.client;
  return hosts;
}

}  // namespace mxray

template <>
struct std::hash<mxray::HostPair> {
  std::size_t operator()(const mxray::HostPair& hosts) const noexcept {
    return std::hash<mxray::core::flow_key>()(hosts.key);
  }
};
