// SPDX-License-Identifier: Apache-2.0
// Which server does the user mean?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace mxray::cli {

struct ServerArgument {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 25;
};

/// `HOST`, `HOST:PORT`, `192.0.2.1:PORT`, `2001:db8::1` or `[2001:db8::1]:PORT`.
Result<ServerArgument> parse_server(std::string_view text);

struct ServerAddress {
  Endpoint endpoint{};
  std::uint32_t scope = 0;  // of `fe80::1%eth0`, the interface's index
  bool is_name = false;     // the host was looked up
};

/// The address that the resolver prefers (getaddrinfo, RFC 6724).
Result<ServerAddress> resolve(const ServerArgument& server);

}  // namespace mxray::cli
