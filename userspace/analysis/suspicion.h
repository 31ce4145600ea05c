// SPDX-License-Identifier: Apache-2.0
// What is known of a packet under suspicion, and of the one it claims to be from?
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/server_habits.h"
#include "record.h"

namespace mxray {

/// Grows as the evidence for or against it does.
struct Suspicion {
  std::uint32_t signals = 0;  // enum signal
  core::segment segment{};    // the suspect packet
  core::baseline baseline{};  // of the sender it claims to be, in this connection
  ServerHabits habits{};      // ... in its other connections; nothing of a client
  std::uint64_t rtt_ns = 0;
  std::uint64_t delay_ns = 0;
  bool from_server = true;               // it claims to be
  core::verb trigger = core::VERB_NONE;  // the command just before it
};

/// What a record says of the packet that caused it, and of its sender.
Suspicion suspicion_of(const ServerTable& servers, const core::record_signal& record);

/// What the sender's genuine packets should look like, and how we know.
struct ExpectedTtl {
  int ttl = 0;
  /// `in its data`, `in its acknowledgements`, `in its last 17 connections`, `in
  /// its SYN-ACK`.
  std::string source{};
  /// The box that answered the handshake need not be the one that sends data.
  bool is_handshake = false;
};

/// From the best source there is: data of this connection, its bare ACKs, the
/// server's other connections, its SYN-ACK; of several usual TTLs the nearest.
std::optional<ExpectedTtl> expected_ttl(const Suspicion& suspicion);

/// Whether handshake and data came from different boxes (a SYN proxy, a load
/// balancer): then the handshake's round trip says nothing about the data's.
bool is_fronted(const Suspicion& suspicion);

/// The same of the bit don't-fragment.
struct ExpectedDf {
  bool set = false;
  std::string source{};  // as of ExpectedTtl
  bool is_handshake = false;
};

/// By the same order of sources; nullopt of IPv6, which has no such bit.
std::optional<ExpectedDf> expected_dont_fragment(const Suspicion& suspicion);

}  // namespace mxray
