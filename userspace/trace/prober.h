// SPDX-License-Identifier: Apache-2.0
// How do probes leave this host, and how do their answers come in?
//
// The one file with raw sockets: a TCP one that sends the probes and hears the
// server, an ICMP one that hears the routers. A bound TCP socket reserves the
// port, so that no connection of this host gets it meanwhile; it neither
// listens nor connects, so the kernel answers a SYN-ACK with a RST by itself
// and the server is left with nothing half-open.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "trace/packet.h"

namespace mxray::trace {

/// Fails with the remedy if this process may not have raw sockets (CAP_NET_RAW).
Status check_permission();

struct ProberSettings {
  Endpoint server{};
  std::uint32_t scope = 0;                // of a link-local server: its interface's index
  std::string interface {};               // empty: by the routing table
  std::optional<core::address> source{};  // nullopt: what the kernel would choose
};

struct Received {
  Answer answer{};
  core::address from{};
  std::uint64_t time_ns = 0;  // CLOCK_MONOTONIC, when the kernel got it
};

class Prober {
 public:
  /// Reserves a port and opens the raw sockets. Fails with the remedy if there is no
  /// permission, no way to the server, or `source` is not of this host.
  static Result<Prober> open(const ProberSettings& settings);

  [[nodiscard]] const ProbeFlow& flow() const { return flow_; }

  /// Sends one probe with this TTL or hop limit.
  Status send(int distance, std::uint32_t sequence);

  /// Readable when receive() may have something.
  [[nodiscard]] std::array<int, 2> fds() const { return {tcp_.get(), icmp_.get()}; }

  /// All answers to this flow since the last call; never blocks.
  std::vector<Received> receive();

 private:
  Prober(ProbeFlow flow, Fd reserved, Fd tcp, Fd icmp)
      : flow_(flow), reserved_(std::move(reserved)), tcp_(std::move(tcp)), icmp_(std::move(icmp)) {}

  ProbeFlow flow_;
  Fd reserved_;
  Fd tcp_;
  Fd icmp_;
};

}  // namespace mxray::trace
