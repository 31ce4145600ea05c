// SPDX-License-Identifier: Apache-2.0
// What may a process of mxrayd still do once it has what it needs?
//
// docs/decisions/0009-who-may-what.md says who keeps what, and why.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace mxray {

/// The two processes of mxrayd.
enum class Role {
  kMonitor,   // reads packets' records, requests, configurations: all that is hostile
  kAttacher,  // follows interfaces and puts programs on them, and talks to the other alone
};

/// Before 6.1 the kernel asks for CAP_BPF at every look into a map.
bool monitor_needs_cap_bpf();

/// Gives up, for good, all capabilities that `role` does not need: a monitor all of them
/// (see above for the exception), an attacher all but CAP_BPF and CAP_NET_ADMIN,
/// which it may use only while it holds RaisedCapabilities. Nothing that is executed
/// can gain any.
Status drop_capabilities(Role role);

/// While one lives, what is permitted is in effect.
class RaisedCapabilities {
 public:
  RaisedCapabilities();
  ~RaisedCapabilities();
  RaisedCapabilities(const RaisedCapabilities&) = delete;
  RaisedCapabilities& operator=(const RaisedCapabilities&) = delete;
};

/// From now on every system call that `role` has no use for fails with EPERM, in all
/// threads to come, for good. Not in a build with sanitizers: they need more.
Status restrict_system_calls(Role role);

/// Of this process, from /proc/self/status.
struct Confinement {
  std::uint64_t permitted = 0;  // capabilities, one bit each
  std::uint64_t effective = 0;
  bool filtered = false;  // a seccomp filter is on
};
Confinement read_confinement();

/// `no privileges`, or which: `CAP_BPF`; and whether system calls are filtered.
std::string describe(const Confinement& confinement);

}  // namespace mxray
