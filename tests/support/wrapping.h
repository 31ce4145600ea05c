// SPDX-License-Identifier: Apache-2.0
// Which link header does a packet of a trace get?
#pragma once

#include "support/packet_builder.h"
#include "support/traces.h"

namespace mxray::test {

/// A packet with only its link layer. The tag and session numbers are made up.
inline Packet wrapped_packet(Wrapping wrapping, const MacAddress& source,
                             const MacAddress& destination) {
  Packet packet;
  if (wrapping == Wrapping::kNoLinkHeader) return packet;
  packet.ethernet(source, destination);
  if (wrapping == Wrapping::kQinQ) packet.service_vlan(300);
  if (wrapping == Wrapping::kQinQ || wrapping == Wrapping::kVlan) packet.vlan(42);
  if (wrapping == Wrapping::kPppoe) packet.pppoe_session(0x0017);
  return packet;
}

}  // namespace mxray::test
