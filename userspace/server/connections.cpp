// SPDX-License-Identifier: Apache-2.0
#include "server/connections.h"

#include <netinet/in.h>

#include <algorithm>

namespace mxray {

std::string client_of(const sockaddr* address) {
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET6) {
    constexpr std::size_t kNetwork = 8;
    const in6_addr& host = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    const std::string bytes(reinterpret_cast<const char*>(&host), sizeof host);
    // On a socket for both, IPv4 clients share one network, ::ffff:0:0/96.
    return IN6_IS_ADDR_V4MAPPED(&host) ? bytes.substr(12) : bytes.substr(0, kNetwork);
  }
  if (address->sa_family != AF_INET) return {};
  const in_addr& host = reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  return {reinterpret_cast<const char*>(&host), sizeof host};
}

Connections::Place Connections::add(const std::string& client, int socket) {
  if (present_ >= most_) make_room();
  const auto holder = held_.try_emplace(client, 0).first;
  ++holder->second;
  ++present_;
  return by_patience_.insert(by_patience_.end(), {.client = holder, .socket = socket});
}

void Connections::remove(Place place) {
  if (place->state != Connection::State::kToldToGo) let_go(place->client);
  by_patience_.erase(place);
}

void Connections::moved_on(Place place) {
  if (place->state == Connection::State::kToldToGo) return;
  place->state = Connection::State::kOpen;
  by_patience_.splice(by_patience_.end(), by_patience_, place);
}

void Connections::put_aside(Place place) {
  if (place->state == Connection::State::kOpen) place->state = Connection::State::kPutAside;
}

void Connections::make_room() {
  std::size_t largest = 0;
  for (const auto& [client, count] : held_) largest = std::max(largest, count);
  const std::size_t too_many = largest > kFew ? largest : 0;
  const auto found = std::ranges::find_if(by_patience_, [&](const Connection& connection) {
    return connection.state == Connection::State::kOpen && connection.client->second >= too_many;
  });
  if (found == by_patience_.end()) return;
  found->state = Connection::State::kToldToGo;
  let_go(found->client);
  // Only the library may close it; it finds the end of the stream, and does. What its
  // client has not read must not stay in the kernel then.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(found->socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::shutdown(found->socket, SHUT_RDWR);
  ++displaced_;
}

void Connections::let_go(Held::iterator client) {
  --present_;
  if (--client->second == 0) held_.erase(client);
}

}  // namespace mxray
