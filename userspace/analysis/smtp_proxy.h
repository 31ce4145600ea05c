// SPDX-License-Identifier: Apache-2.0
// smtp_proxy: does somebody on the way take port 25 for himself?
//
// At the server's side: a stranger's mail server hands in our users' mail, does not
// log in, and is refused for coming too often (S2). At the client's side: port 25
// of a host answers from elsewhere than the host's other mail ports do, and the
// greeting or the offers have lost or hidden something.
//
// Load balancers and published ports also let several boxes answer for one address.
// So a TTL, a round trip or other SYN-ACK options raise nothing alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/incident.h"
#include "base/bounded_map.h"
#include "record.h"

namespace mxray {

struct Context;
struct Flow;
struct KnownRefusal;
struct Submitter;

/// How one port of a host looks from one interface.
struct PortLook {
  std::uint16_t port = 0;
  std::uint32_t interface = 0;
  std::uint32_t connections = 0;
  int least_hops = 255;
  int most_hops = 0;
  std::uint8_t client_options = 0;  // of the SYN that the next was the answer to
  std::uint8_t server_options = 0;
  std::uint64_t rtt_ns = 0;  // the least
  std::string greeting_host;
  std::uint64_t starttls_ns = 0;  // when it was offered last; 0: never
  std::uint64_t auth_ns = 0;
  std::uint64_t last_ns = 0;
};

/// What was told of one proxy. Not seen for a day, it begins a new incident.
struct ProxyCase {
  Incident incident;  // without an id: not raised yet
  std::uint64_t last_ns = 0;
};

struct MailHost {
  std::vector<PortLook> ports;
  ProxyCase proxy;
};

using MailHostTable = BoundedMap<core::address, MailHost>;

/// A connection was opened or has ended: how its port looks.
void learn_port(Context& context, const Flow& flow, const core::record_flow& record);

/// The greeting or the answer to EHLO was heard, or the connection has ended.
void weigh_proxy_host(Context& context, Flow& flow, std::uint64_t now_ns);

/// Our server refused a stranger that hands in our users' mail.
void weigh_proxy_client(Context& context, Flow& flow, Submitter& client, const KnownRefusal& known);

}  // namespace mxray
