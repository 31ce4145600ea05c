// SPDX-License-Identifier: Apache-2.0
// How does a test write down the DNS look-ups of a mail server?
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/bytes.h"
#include "support/timed_packet.h"
#include "support/traces.h"

namespace mxray::test {

enum class DnsMessage { kQuestion, kAnswer };
inline constexpr std::uint16_t kPtr = 12, kAddress = 1;  // RFC 1035, 3.2.2

/// `name` dotted, `10.2.0.192.in-addr.arpa`; one question, no other section. An
/// answer says NXDOMAIN.
Bytes dns_message(DnsMessage message, std::string_view name, std::uint16_t type);

struct LookupCase {
  bool answered = false;  // the third question is
  bool ipv6 = false;
  Wrapping wrapping = Wrapping::kEthernet;
};

/// The server of Conversation (conversation.h) takes a connection to port 25, asks
/// 10.0.0.53 or 2001:db8::53 for its client's name at once, after 5 and after 10 s,
/// and greets 15 s after the connection stood.
std::vector<TimedPacket> lookup_trace(const LookupCase& lookup_case = {});

}  // namespace mxray::test
