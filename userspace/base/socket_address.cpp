// SPDX-License-Identifier: Apache-2.0
#include "base/socket_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace mxray {

std::optional<Endpoint> endpoint_of(const sockaddr* address) {
  Endpoint endpoint;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    endpoint.address.bytes[10] = endpoint.address.bytes[11] = 0xff;  // RFC 4291, 2.5.5.2
    std::memcpy(endpoint.address.bytes + 12, &v4.sin_addr, sizeof v4.sin_addr);
    endpoint.port = ntohs(v4.sin_port);
    return endpoint;
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    std::memcpy(endpoint.address.bytes, &v6.sin6_addr, sizeof v6.sin6_addr);
    endpoint.port = ntohs(v6.sin6_port);
    return endpoint;
  }
  return std::nullopt;
}

}  // namespace mxray
