// SPDX-License-Identifier: Apache-2.0
#include "cli/server_argument.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/number.h"
#include "base/socket_address.h"

namespace mxray::cli {
namespace {

Result<ServerArgument> with_port(std::string_view host, std::string_view port) {
  const auto number = parse_number<std::uint16_t>(port);
  if (!number || *number == 0) {
    return Error{fmt::format("'{}' is no TCP port; give a number from 1 to 65535", port)};
  }
  return ServerArgument{std::string(host), *number};
}

}  // namespace

Result<ServerArgument> parse_server(std::string_view text) {
  const Error wrong{fmt::format(
      "'{}' is no server; give HOST, HOST:PORT, an address, or [IPV6-ADDRESS]:PORT", text)};
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end == 1) return wrong;
    const std::string_view host = text.substr(1, end - 1);
    const std::string_view rest = text.substr(end + 1);
    if (rest.empty()) return ServerArgument{.host = std::string(host)};
    return rest.starts_with(':') ? with_port(host, rest.substr(1)) : wrong;
  }
  const auto colons = std::count(text.begin(), text.end(), ':');
  if (text.empty() || (colons == 1 && text.front() == ':') ||
      text.find_first_of(" /@") != std::string_view::npos) {
    return wrong;
  }
  if (colons != 1) return ServerArgument{.host = std::string(text)};  // a name, or IPv6
  const std::size_t colon = text.find(':');
  return with_port(text.substr(0, colon), text.substr(colon + 1));
}

Result<ServerAddress> resolve(const ServerArgument& server) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(server.host.c_str(), nullptr, &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  ServerAddress found;
  found.endpoint.port = server.port;
  for (const addrinfo* one = error == 0 ? list : nullptr; one != nullptr; one = one->ai_next) {
    const auto endpoint = endpoint_of(one->ai_addr);
    if (!endpoint) continue;
    found.endpoint.address = endpoint->address;
    if (one->ai_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, one->ai_addr, sizeof v6);
      found.scope = v6.sin6_scope_id;
    }
    found.is_name = !parse_address(server.host.substr(0, server.host.find('%')));
    return found;
  }
  return Error{fmt::format("no address is known for '{}' ({}); give the server's address instead",
                           server.host, error == 0 ? "none of IPv4 or IPv6" : gai_strerror(error))};
}

}  // namespace mxray::cli
