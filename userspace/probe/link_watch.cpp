// SPDX-License-Identifier: Apache-2.0
// Which interfaces came, went or changed since the last look?
#include "probe/link_watch.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "probe/links.h"
#include "probe/netlink.h"

namespace mxray {

Result<LinkWatch> LinkWatch::start() {
  auto socket = netlink::open_socket(NETLINK_ROUTE, RTMGRP_LINK, true);
  if (!socket) return Error{"interfaces cannot be followed: " + socket.error().message};
  return LinkWatch(std::move(*socket));
}

std::vector<LinkEvent> LinkWatch::read() {
  std::vector<LinkEvent> events;
  std::vector<std::byte> buffer(65536);
  while (true) {
    const ssize_t length = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == ENOBUFS) {
      events.push_back({LinkEvent::Kind::kMissed, 0, {}, false});
      continue;
    }
    if (length <= 0) return events;
    netlink::for_each_message(
        netlink::Bytes(buffer).first(static_cast<std::size_t>(length)),
        [&](const netlink::Message& message) {
          auto link = link_of(message);
          if (!link) return;
          events.push_back(
              {message.type == RTM_DELLINK ? LinkEvent::Kind::kVanished : LinkEvent::Kind::kPresent,
               link->ifindex, std::move(link->name), link->up});
        });
  }
}

}  // namespace mxray
