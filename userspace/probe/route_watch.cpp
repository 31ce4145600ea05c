// SPDX-License-Identifier: Apache-2.0
// Over which interfaces do the default routes lead by now?
#include "probe/route_watch.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <utility>

#include "base/time.h"
#include "probe/netlink.h"

namespace mxray {
namespace {

using netlink::read_as;

// Without a word of their own the kernel drops IPv4 routes when their interface
// goes down or vanishes, or loses its last address, or when the nexthop object
// they lead over is deleted.
constexpr std::uint32_t kNexthops = std::uint32_t{1} << (RTNLGRP_NEXTHOP - 1);
constexpr std::uint32_t kGroups =
    RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_LINK | RTMGRP_IPV4_IFADDR | kNexthops;

/// Keeps events of all routes but default ones of the main table in the kernel, and
/// those of new nexthops: a router's tables may change thousands of times a second.
Status drop_other_routes(int socket) {
  constexpr std::uint32_t kRoute = NLMSG_HDRLEN;  // where rtmsg begins
  // Loads read network byte order, netlink writes the host's.
  std::array<sock_filter, 10> program{{
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEXTHOP), 7, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0, 4),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kRoute + offsetof(rtmsg, rtm_dst_len)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kRoute + offsetof(rtmsg, rtm_table)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RT_TABLE_MAIN, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    return Error{std::string("the kernel takes no socket filter: ") + std::strerror(errno)};
  }
  return Ok{};
}

/// Of a nexthop; nullopt for a group of them, which may lead over several.
std::optional<std::uint32_t> interface_of(const netlink::Message& nexthop) {
  std::optional<std::uint32_t> ifindex;
  netlink::for_each_attribute(netlink::after_header<nhmsg>(nexthop.payload),
                              [&ifindex](std::uint16_t type, netlink::Bytes value) {
                                if (type == NHA_OIF) ifindex = read_as<std::uint32_t>(value);
                              });
  return ifindex;
}

Error not_followed(const Error& cause) {
  return Error{"the default route cannot be followed: " + cause.message};
}

}  // namespace

Result<RouteWatch> RouteWatch::start() {
  auto socket = netlink::open_socket(NETLINK_ROUTE, kGroups, true);
  if (!socket) return not_followed(socket.error());
  if (Status filtered = drop_other_routes(socket->get()); !filtered) {
    return not_followed(filtered.error());
  }
  RouteWatch watch(*std::move(socket));
  if (const auto looked = watch.look(monotonic_ns()); !looked) return looked.error();
  return watch;
}

void RouteWatch::read() {
  std::array<std::byte, 16384> buffer;
  while (true) {
    const ssize_t length = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == ENOBUFS) {
      stale_ = true;  // events were lost; what was missed is in the next look
      continue;
    }
    if (length <= 0) return;
    netlink::for_each_message(
        netlink::Bytes(buffer).first(static_cast<std::size_t>(length)),
        [this](const netlink::Message& message) {
          if (message.type == RTM_NEWROUTE || message.type == RTM_DELROUTE) stale_ = true;
          if (message.type == RTM_NEWLINK || message.type == RTM_DELLINK) {
            const auto link = read_as<ifinfomsg>(message.payload);
            if (link && is_uplink(static_cast<std::uint32_t>(link->ifi_index))) stale_ = true;
          }
          if (message.type == RTM_DELADDR) {
            const auto address = read_as<ifaddrmsg>(message.payload);
            if (address && is_uplink(address->ifa_index)) stale_ = true;
          }
          if (message.type == RTM_DELNEXTHOP) {
            const auto ifindex = interface_of(message);
            if (!ifindex || is_uplink(*ifindex)) stale_ = true;
          }
        });
  }
}

Result<bool> RouteWatch::look(std::uint64_t now_ns) {
  if (!stale_ || now_ns < next_look_ns_) {
    if (failure_) return *failure_;
    return false;
  }
  next_look_ns_ = now_ns + kBetweenLooksNs;
  failure_.reset();
  for (auto& [number, uplinks] : families_) {
    auto found = default_route_uplinks(number);
    if (!found) {
      failure_ = not_followed(found.error());
    } else if (!found->empty()) {
      uplinks = *std::move(found);
    }
  }
  stale_ = failure_.has_value();
  if (failure_) return *failure_;
  return true;
}

std::vector<std::string> RouteWatch::interfaces() const {
  std::vector<std::string> names;
  for (const Family& family : families_) {
    for (const Uplink& uplink : family.uplinks) {
      if (std::ranges::find(names, uplink.name) == names.end()) names.push_back(uplink.name);
    }
  }
  return names;
}

bool RouteWatch::is_uplink(std::uint32_t ifindex) const {
  return std::ranges::any_of(families_, [ifindex](const Family& family) {
    return std::ranges::find(family.uplinks, ifindex, &Uplink::ifindex) != family.uplinks.end();
  });
}

}  // namespace mxray
