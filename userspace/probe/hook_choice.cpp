// SPDX-License-Identifier: Apache-2.0
// Which hook should watch an interface's incoming packets, and why that one?
//
// Costs behind the choice: native XDP is the cheapest hook, but it takes the
// receive path's joining of segments away. On a card that is no loss before
// GRO; on virtual devices it is: native XDP on a veth switches its peer's GSO
// off (11.4 to 2.4 Gbit/s measured), on virtio_net the guest offloads. Generic
// XDP works everywhere, but copies joined packets and switches hardware GRO
// and LRO off, so it is tried only where it was asked for.
#include "probe/hook_choice.h"

#include <fmt/format.h>
#include <linux/if_arp.h>

namespace mxray {
namespace {

constexpr std::uint16_t kArphrdRawIp = 519;    // ARPHRD_RAWIP: cellular modems
constexpr std::uint16_t kArphrdIp6Gre = 823;   // ARPHRD_IP6GRE
constexpr std::uint16_t kArphrdNone = 0xFFFE;  // ARPHRD_NONE: tun, wireguard

HookChoice tc(std::string reason) { return {{Hook::kTc}, std::move(reason)}; }

HookChoice choose_automatically(const LinkFacts& facts) {
  if (facts.hardware_type == ARPHRD_LOOPBACK) {
    return tc("loopback has no native XDP, and generic XDP would copy joined packets");
  }
  if (!facts.kind.empty()) {
    return tc(fmt::format(
        "{} is a software device of kind {}: XDP there would switch segment offloads off",
        facts.name, facts.kind));
  }
  if (facts.driver == "virtio_net") {
    return tc("native XDP on virtio_net would switch the guest's receive offloads off");
  }
  if (facts.native_xdp == false) {
    return tc(fmt::format("driver {} has no native XDP, and generic XDP would copy joined packets",
                          facts.driver.empty() ? "(unknown)" : facts.driver));
  }
  return {{Hook::kXdpNative, Hook::kTc},
          fmt::format("driver {} serves hardware queues: native XDP costs least",
                      facts.driver.empty() ? "(unknown)" : facts.driver)};
}

}  // namespace

std::optional<AttachMode> parse_attach_mode(std::string_view text) {
  if (text == "auto") return AttachMode::kAuto;
  if (text == "native") return AttachMode::kNative;
  if (text == "generic") return AttachMode::kGeneric;
  if (text == "tc") return AttachMode::kTc;
  return std::nullopt;
}

std::string_view hook_title(Hook hook) {
  switch (hook) {
    case Hook::kXdpNative: return "native XDP";
    case Hook::kXdpGeneric: return "generic XDP";
    case Hook::kTc: return "TC";
  }
  return "TC";
}

LinkHeader link_header(const LinkFacts& facts) {
  switch (facts.hardware_type) {
    case ARPHRD_ETHER:
    case ARPHRD_LOOPBACK: return LinkHeader::kEthernet;
    case ARPHRD_PPP:
    case ARPHRD_TUNNEL:
    case ARPHRD_TUNNEL6:
    case ARPHRD_SIT:
    case ARPHRD_IPGRE:
    case kArphrdRawIp:
    case kArphrdIp6Gre:
    case kArphrdNone: return LinkHeader::kRaw;
    default: return LinkHeader::kUnknown;
  }
}

HookChoice choose_ingress_hook(const LinkFacts& facts, AttachMode mode) {
  switch (link_header(facts)) {
    case LinkHeader::kUnknown:
      return {{},
              fmt::format("link type {} is neither Ethernet nor plain IP: it cannot be read",
                          facts.hardware_type)};
    case LinkHeader::kRaw: return tc("the interface has no Ethernet header, which XDP would need");
    case LinkHeader::kEthernet: break;
  }
  if (mode == AttachMode::kTc) return tc("TC was asked for");
  if (!facts.kernel_has_xdp) return tc("the kernel has no multi-buffer XDP (5.18 and later)");
  if (facts.xdp_program != 0) {
    return tc(
        fmt::format("another XDP program (id {}) is attached, and it stays", facts.xdp_program));
  }
  switch (mode) {
    case AttachMode::kNative:
      return {{Hook::kXdpNative, Hook::kXdpGeneric, Hook::kTc}, "native XDP was asked for"};
    case AttachMode::kGeneric: return {{Hook::kXdpGeneric, Hook::kTc}, "generic XDP was asked for"};
    default: return choose_automatically(facts);
  }
}

}  // namespace mxray
