// SPDX-License-Identifier: Apache-2.0
// Which network interfaces are there, and what must be known to choose a hook?
#include "probe/links.h"

#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>

namespace mxray {
namespace {

using netlink::Bytes;
using netlink::read_as;

// linux/netdev.h is younger (6.3) than the headers mxray is built with.
constexpr std::uint8_t kNetdevDeviceGet = 1;           // NETDEV_CMD_DEV_GET
constexpr std::uint16_t kNetdevAttributeIfindex = 1;   // NETDEV_A_DEV_IFINDEX
constexpr std::uint16_t kNetdevAttributeFeatures = 3;  // NETDEV_A_DEV_XDP_FEATURES
constexpr std::uint64_t kNetdevXdpBasic = 1;           // NETDEV_XDP_ACT_BASIC

Bytes bytes_of(const auto& value) { return std::as_bytes(std::span(&value, 1)); }

void read_link_info(Bytes attributes, LinkFacts& facts) {
  netlink::for_each_attribute(attributes, [&](std::uint16_t type, Bytes value) {
    if (type == IFLA_INFO_KIND) facts.kind = netlink::text_of(value);
  });
}

void read_xdp(Bytes attributes, LinkFacts& facts) {
  netlink::for_each_attribute(attributes, [&](std::uint16_t type, Bytes value) {
    // With programs in several modes the kernel gives no IFLA_XDP_PROG_ID.
    if (type == IFLA_XDP_PROG_ID || type == IFLA_XDP_DRV_PROG_ID || type == IFLA_XDP_SKB_PROG_ID ||
        type == IFLA_XDP_HW_PROG_ID) {
      const auto id = read_as<std::uint32_t>(value);
      if (id && *id != 0) facts.xdp_program = *id;
    }
  });
}

/// The number of a generic netlink family; nullopt if the kernel has it not.
std::optional<std::uint16_t> family_number(std::string_view name) {
  netlink::Request request(GENL_ID_CTRL, NLM_F_ACK);
  const std::string terminated(name);
  request.family_header(genlmsghdr{CTRL_CMD_GETFAMILY, 1, 0})
      .attribute(CTRL_ATTR_FAMILY_NAME,
                 std::as_bytes(std::span(terminated.c_str(), terminated.size() + 1)));
  std::optional<std::uint16_t> number;
  const auto asked =
      netlink::exchange(NETLINK_GENERIC, request, [&](const netlink::Message& message) {
        netlink::for_each_attribute(netlink::after_header<genlmsghdr>(message.payload),
                                    [&](std::uint16_t type, Bytes value) {
                                      if (type == CTRL_ATTR_FAMILY_ID) {
                                        number = read_as<std::uint16_t>(value);
                                      }
                                    });
      });
  return asked ? number : std::nullopt;
}

std::optional<bool> native_xdp(std::uint32_t ifindex) {
  const auto family = family_number("netdev");
  if (!family) return std::nullopt;
  netlink::Request request(*family, NLM_F_ACK);
  request.family_header(genlmsghdr{kNetdevDeviceGet, 1, 0})
      .attribute(kNetdevAttributeIfindex, bytes_of(ifindex));
  std::optional<bool> result;
  const auto asked =
      netlink::exchange(NETLINK_GENERIC, request, [&](const netlink::Message& message) {
        netlink::for_each_attribute(netlink::after_header<genlmsghdr>(message.payload),
                                    [&](std::uint16_t type, Bytes value) {
                                      const auto features = read_as<std::uint64_t>(value);
                                      if (type == kNetdevAttributeFeatures && features) {
                                        result = (*features & kNetdevXdpBasic) != 0;
                                      }
                                    });
      });
  return asked ? result : std::nullopt;
}

/// One ethtool command on `interface`; false if the driver does not answer.
bool ethtool(std::string_view interface, void* command) {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (!socket || interface.size() >= sizeof request.ifr_name) return false;
  std::copy(interface.begin(), interface.end(), request.ifr_name);
  request.ifr_data = static_cast<char*>(command);
  return ::ioctl(socket.get(), SIOCETHTOOL, &request) == 0;
}

std::optional<std::uint32_t> ethtool_number(std::string_view interface, std::uint32_t command) {
  struct ethtool_value value {};
  value.cmd = command;
  if (!ethtool(interface, &value)) return std::nullopt;
  return value.data;
}

}  // namespace

std::optional<LinkFacts> link_of(const netlink::Message& message) {
  if (message.type != RTM_NEWLINK && message.type != RTM_DELLINK) return std::nullopt;
  const auto header = read_as<ifinfomsg>(message.payload);
  // AF_BRIDGE: a port joined or left a bridge; the interface itself is untouched.
  if (!header || header->ifi_family != AF_UNSPEC || header->ifi_index <= 0) return std::nullopt;
  LinkFacts facts;
  facts.ifindex = static_cast<std::uint32_t>(header->ifi_index);
  facts.hardware_type = header->ifi_type;
  facts.up = (header->ifi_flags & IFF_UP) != 0;
  netlink::for_each_attribute(netlink::after_header<ifinfomsg>(message.payload),
                              [&](std::uint16_t type, Bytes value) {
                                if (type == IFLA_IFNAME) facts.name = netlink::text_of(value);
                                if (type == IFLA_LINKINFO) read_link_info(value, facts);
                                if (type == IFLA_XDP) read_xdp(value, facts);
                              });
  return facts;
}

Result<std::vector<LinkFacts>> read_links() {
  netlink::Request request(RTM_GETLINK, NLM_F_DUMP);
  request.family_header(ifinfomsg{});
  std::vector<LinkFacts> links;
  const auto asked = netlink::exchange(
      NETLINK_ROUTE, request,
      [&](const netlink::Message& part) {
        if (auto facts = link_of(part)) links.push_back(std::move(*facts));
      },
      [&links] { links.clear(); });
  if (!asked) return asked.error();
  return links;
}

void add_driver_facts(LinkFacts& facts) {
  ethtool_drvinfo info{};
  info.cmd = ETHTOOL_GDRVINFO;
  if (ethtool(facts.name, &info)) {
    facts.driver = std::string(info.driver, strnlen(info.driver, sizeof info.driver));
  }
  facts.native_xdp = native_xdp(facts.ifindex);
}

std::optional<Offloads> read_offloads(std::string_view interface) {
  const auto gro = ethtool_number(interface, ETHTOOL_GGRO);
  const auto gso = ethtool_number(interface, ETHTOOL_GGSO);
  const auto flags = ethtool_number(interface, ETHTOOL_GFLAGS);
  if (!gro || !gso) return std::nullopt;
  return Offloads{*gro != 0, flags && (*flags & ETH_FLAG_LRO) != 0, *gso != 0};
}

}  // namespace mxray
