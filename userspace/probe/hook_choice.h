// SPDX-License-Identifier: Apache-2.0
// Which hook should watch an interface's incoming packets, and why that one?
//
// A pure function over facts, shared by the attachment and by `mxray doctor`,
// so that what doctor announces is what the daemon does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mxray {

/// What the operator asked for.
enum class AttachMode { kAuto, kNative, kGeneric, kTc };

/// `auto`, `native`, `generic`, `tc`; nullopt for anything else.
std::optional<AttachMode> parse_attach_mode(std::string_view text);

/// Where a program can sit. kTc stands for TCX, or clsact on older kernels.
enum class Hook { kXdpNative, kXdpGeneric, kTc };

/// How the first header of a packet on this interface looks.
enum class LinkHeader {
  kEthernet,  // also loopback
  kRaw,       // IP at once: ppp, wireguard, tun
  kUnknown,   // e.g. 802.11 monitor, InfiniBand: cannot be read
};

/// What is known of an interface before anything is attached.
struct LinkFacts {
  std::uint32_t ifindex = 0;
  std::string name;
  bool up = false;
  std::uint16_t hardware_type = 1;  // ARPHRD_*, linux/if_arp.h
  std::string kind;                 // rtnl kind: veth, bridge, ...; hardware has none
  std::string driver;               // by ethtool; empty if it has none
  std::uint32_t xdp_program = 0;    // id of a program already there; 0: none
  std::optional<bool> native_xdp;   // what the driver says (kernel 6.3 and later)
  bool kernel_has_xdp = true;       // false: too old for the XDP program (before 5.18)
};

LinkHeader link_header(const LinkFacts& facts);

/// The hooks to try, best first; empty if the interface cannot be watched.
struct HookChoice {
  std::vector<Hook> hooks;
  std::string reason;  // one clause, why the first comes first
};

/// `native XDP`, `generic XDP`, `TC`: for sentences.
std::string_view hook_title(Hook hook);

HookChoice choose_ingress_hook(const LinkFacts& facts, AttachMode mode);

}  // namespace mxray
