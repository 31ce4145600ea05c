// SPDX-License-Identifier: Apache-2.0
// Which interfaces came, went or changed since the last look?
//
// A program attached to an interface dies with it, silently; whoever makes the
// interface again (pppd, wg-quick, a container runtime) does not know of us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace mxray {

struct LinkEvent {
  enum class Kind {
    kPresent,   // made, renamed, up, down, ...
    kVanished,  // removed, or moved into another namespace
    kMissed,    // events were lost: look at everything afresh
  };
  Kind kind = Kind::kMissed;
  std::uint32_t ifindex = 0;
  std::string name;
  bool up = false;
};

/// Follows the interfaces of the network namespace it was started in.
class LinkWatch {
 public:
  /// Needs no privilege. Fails only without file descriptors or netlink.
  static Result<LinkWatch> start();

  /// Readable when read() has something.
  [[nodiscard]] int fd() const { return socket_.get(); }

  /// All events since the last call, in order; never blocks.
  std::vector<LinkEvent> read();

 private:
  explicit LinkWatch(Fd socket) : socket_(std::move(socket)) {}
  Fd socket_;
};

}  // namespace mxray
