// SPDX-License-Identifier: Apache-2.0
// Has this packet been told of on another interface?
//
// A gateway sees each packet of a connection on both its sides. Where the
// handshake was seen, the legs are known to be one (flow_table.h); where the
// monitor began in the middle, the packet itself must tell.
#pragma once

#include <cstdint>
#include <deque>

#include "base/address.h"
#include "record.h"

namespace mxray {

class ToldPackets {
 public:
  /// The packet that an incident of `flow` is about.
  void note(const core::flow_key& flow, const core::segment& packet);
  /// Whether the same packet (its place in both streams and its content), to or
  /// from the same server, was noted on another interface within two seconds.
  [[nodiscard]] bool knows(const core::flow_key& flow, const core::segment& packet) const;

 private:
  struct Told {
    core::flow_key flow{};
    core::segment packet{};
  };
  std::deque<Told> latest_;
};

}  // namespace mxray
