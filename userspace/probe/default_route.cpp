// SPDX-License-Identifier: Apache-2.0
// Over which interfaces does this machine reach the rest of the world?
#include "probe/default_route.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "probe/netlink.h"

namespace mxray {
namespace {

using netlink::Bytes;
using netlink::read_as;

struct Route {
  std::uint32_t metric = 0;
  std::vector<std::uint32_t> ifindexes;
};

/// The ways of RTA_MULTIPATH: rtnexthop headers, each with attributes behind it.
void read_ways(Bytes ways, Route& route) {
  while (const auto way = read_as<rtnexthop>(ways)) {
    if (way->rtnh_len < sizeof(rtnexthop) || way->rtnh_len > ways.size()) return;
    route.ifindexes.push_back(static_cast<std::uint32_t>(way->rtnh_ifindex));
    const std::size_t step = RTNH_ALIGN(std::size_t{way->rtnh_len});
    ways = ways.subspan(std::min(step, ways.size()));
  }
}

/// nullopt if the message is about another route than a default one of `family`: an
/// old kernel lists all, one without IPv6 lists IPv4's in its place.
std::optional<Route> default_route_of(const netlink::Message& message, int family) {
  if (message.type != RTM_NEWROUTE) return std::nullopt;
  const auto header = read_as<rtmsg>(message.payload);
  if (!header || header->rtm_family != family) return std::nullopt;
  // A route of another type (unreachable, blackhole) leads nowhere.
  if (header->rtm_dst_len != 0 || header->rtm_type != RTN_UNICAST) return std::nullopt;
  Route route;
  std::uint32_t table = header->rtm_table;
  netlink::for_each_attribute(netlink::after_header<rtmsg>(message.payload),
                              [&](std::uint16_t type, Bytes value) {
                                const auto number = read_as<std::uint32_t>(value);
                                if (type == RTA_TABLE && number) table = *number;
                                if (type == RTA_PRIORITY && number) route.metric = *number;
                                if (type == RTA_OIF && number) route.ifindexes.push_back(*number);
                                if (type == RTA_MULTIPATH) read_ways(value, route);
                              });
  if (table != RT_TABLE_MAIN) return std::nullopt;
  return route;
}

}  // namespace

Result<std::vector<Uplink>> default_route_uplinks(int family) {
  netlink::Request request(RTM_GETROUTE, NLM_F_DUMP);
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(family);
  header.rtm_type = RTN_UNICAST;
  const std::uint32_t table = RT_TABLE_MAIN;
  request.family_header(header)
      .attribute(RTA_TABLE, std::as_bytes(std::span(&table, 1)))
      .filtered();
  std::uint32_t least = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> ifindexes;
  const auto asked = netlink::exchange(NETLINK_ROUTE, request, [&](const auto& message) {
    const auto route = default_route_of(message, family);
    if (!route || route->metric > least) return;
    if (route->metric < least) ifindexes.clear();
    least = route->metric;
    ifindexes.insert(ifindexes.end(), route->ifindexes.begin(), route->ifindexes.end());
  });
  if (!asked) return asked.error();
  std::vector<Uplink> uplinks;
  for (const std::uint32_t ifindex : ifindexes) {
    if (std::ranges::find(uplinks, ifindex, &Uplink::ifindex) != uplinks.end()) continue;
    std::array<char, IF_NAMESIZE> name{};
    if (::if_indextoname(ifindex, name.data()) == nullptr) continue;  // gone since
    uplinks.push_back({ifindex, name.data()});
  }
  return uplinks;
}

}  // namespace mxray
