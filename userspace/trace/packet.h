// SPDX-License-Identifier: Apache-2.0
// What does a probe look like on the wire, and which probe does an answer answer?
//
// A probe is a SYN to the mail port whose TTL or hop limit lets it die on the
// way. All probes of a trace have the same addresses and ports, because routers
// with several equal ways choose one by a hash of these: probes with ports of
// their own take different ways, and the hops of different ways then look like
// one route that nobody's packets take (Augustin et al., "Avoiding traceroute
// anomalies with Paris traceroute", IMC 2006). What tells the probes apart is
// the sequence number: it is in no such hash, among the 8 bytes that every ICMP
// error quotes (RFC 792), and returned by SYN-ACK and RST as ack - 1. It rises
// from probe to probe, so that a firewall or server that still remembers one
// takes the next for the same client beginning afresh.
//
// Pure functions. Whatever arrives is hostile until it quotes this trace's
// addresses, ports and one of its sequence numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/address.h"

namespace mxray::trace {

using Bytes = std::span<const std::uint8_t>;

/// What all probes of a trace have in common. Both addresses of one family.
struct ProbeFlow {
  Endpoint source{};
  Endpoint server{};
};

/// The TCP segment of a probe, checksum included (RFC 9293, 3.1; RFC 8200, 8.1).
/// It has the options that a SYN usually has, lest a firewall finds it odd.
std::vector<std::uint8_t> build_syn(const ProbeFlow& flow, std::uint32_t sequence);

enum class AnswerKind {
  kTimeExceeded,  // a router on the way
  kUnreachable,   // somebody refuses to pass it on
  kSynAck,        // the port is open
  kReset,         // the port is closed, or the server found two probes at once odd
};

struct Answer {
  AnswerKind kind = AnswerKind::kTimeExceeded;
  std::uint32_t sequence = 0;  // of the probe that it answers
  std::uint8_t icmp_code = 0;  // of kUnreachable
};

/// What follows the IPv4 header of `packet`, as raw IPv4 sockets give it;
/// nothing if that is cut short or no first fragment.
std::optional<Bytes> ipv4_payload(Bytes packet);

/// `message` starts at the ICMP header (RFC 792, RFC 4443); nullopt unless it
/// quotes a probe of `flow`. Its family is that of the flow.
std::optional<Answer> read_icmp(Bytes message, const ProbeFlow& flow);

/// `segment` starts at the TCP header and came from the server's address;
/// nullopt unless it is a SYN-ACK or a RST that acknowledges something in `flow`.
std::optional<Answer> read_tcp(Bytes segment, const ProbeFlow& flow);

/// Why something is unreachable, to follow "says: " (RFC 1812, 5.2.7.1; RFC 4443, 3.1).
std::string_view unreachable_reason(bool ipv4, std::uint8_t icmp_code);

}  // namespace mxray::trace
