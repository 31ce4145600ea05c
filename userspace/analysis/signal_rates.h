// SPDX-License-Identifier: Apache-2.0
// How many of this network's connections show each signal?
//
// The weights rest on such rates (weights.h). A network where a signal is
// common shows it here, before it shows in false alarms.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "record.h"

namespace mxray {

/// Connections with a handshake and data of the server, by their end.
struct SignalRates {
  std::uint64_t connections = 0;
  std::uint64_t reset = 0;  // of those: with a RST in the server's name
  /// [bit of enum signal]: connections whose server showed it at least once.
  std::array<std::uint64_t, core::SIGNAL_COUNT> showing{};
  /// too_early where the SYN-ACK has the data's TTL, so that the handshake's
  /// round trip is the data's.
  std::uint64_t early_from_one_box = 0;

  /// Passed over without a handshake or without data of the server.
  void add(const core::record_flow& ended);
  /// Sums up.
  void add(const SignalRates& more);
};

/// `no_timestamps`, `ttl_data`, ... of a bit of enum signal below SIGNAL_COUNT.
std::string_view signal_name(std::size_t bit);

}  // namespace mxray
