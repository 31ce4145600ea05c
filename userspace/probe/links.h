// SPDX-License-Identifier: Apache-2.0
// Which network interfaces are there, and what must be known to choose a hook?
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "probe/hook_choice.h"
#include "probe/netlink.h"

namespace mxray {

/// All interfaces of this process' network namespace with all their facts but
/// the driver's own (see add_driver_facts): one netlink dump.
Result<std::vector<LinkFacts>> read_links();

/// Fills `driver` and `native_xdp` of `facts`: one ioctl and two requests.
/// What the kernel does not tell stays empty.
void add_driver_facts(LinkFacts& facts);

/// The facts in an RTM_NEWLINK or RTM_DELLINK message; nullopt for messages
/// that are about something else, such as a bridge's ports.
std::optional<LinkFacts> link_of(const netlink::Message& message);

/// What the stack joins or splits around the hooks of one interface.
struct Offloads {
  bool gro = false;  // received segments arrive joined
  bool lro = false;  // ... joined by the card
  bool gso = false;  // sent segments pass TC before they are split
};

/// By ethtool; nullopt if the interface does not say.
std::optional<Offloads> read_offloads(std::string_view interface);

}  // namespace mxray
