// SPDX-License-Identifier: Apache-2.0
#include "trace/outside_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "base/socket_address.h"

namespace mxray::trace {
namespace {

constexpr std::size_t kMappedPrefix = 12;
constexpr std::size_t kHexDigits6 = 32;
constexpr std::string_view kNowhere6 = "00000000000000000000000000000000";

std::string read_file(const char* path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::vector<std::string>> rows_of(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    auto& row = rows.emplace_back();
    for (std::string word; words >> word;) row.push_back(word);
  }
  return rows;
}

template <typename Number>
std::optional<Number> hex(std::string_view digits) {
  Number value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// As the kernel prints a word that is in network byte order.
std::optional<core::address> address4(std::string_view digits) {
  const auto value = hex<std::uint32_t>(digits);
  if (!value) return std::nullopt;
  core::address address{};
  address.bytes[10] = address.bytes[11] = 0xff;
  std::memcpy(address.bytes + kMappedPrefix, &*value, sizeof *value);
  return address;
}

std::optional<core::address> address6(std::string_view digits) {
  if (digits.size() != kHexDigits6) return std::nullopt;
  core::address address{};
  for (std::size_t i = 0; i < sizeof address.bytes; ++i) {
    const auto byte = hex<std::uint8_t>(digits.substr(2 * i, 2));
    if (!byte) return std::nullopt;
    address.bytes[i] = *byte;
  }
  return address;
}

bool is_reachable_from_outside(const core::address& address) {
  const auto* bytes = address.bytes;
  if (is_ipv4(address)) {
    return bytes[12] != 127 && !(bytes[12] == 169 && bytes[13] == 254);  // RFC 3927
  }
  const bool loopback = std::all_of(bytes, bytes + 15, [](std::uint8_t b) { return b == 0; });
  return !loopback && !(bytes[0] == 0xfe && (bytes[1] & 0xc0U) == 0x80);  // RFC 4291, 2.5.6
}

std::optional<core::address> neighbour_of(const ifaddrs& entry, const core::address& own,
                                          const std::vector<DefaultRoute>& routes) {
  for (const DefaultRoute& route : routes) {
    if (route.interface != entry.ifa_name) continue;
    if (route.router) return route.router;
    if ((entry.ifa_flags & IFF_POINTOPOINT) == 0 || entry.ifa_dstaddr == nullptr) continue;
    const auto peer = endpoint_of(entry.ifa_dstaddr);
    if (peer && !(peer->address == own)) return peer->address;
  }
  return std::nullopt;
}

}  // namespace

std::vector<DefaultRoute> default_routes4(std::string_view text) {
  std::vector<DefaultRoute> routes;
  for (const auto& row : rows_of(text)) {  // Iface Destination Gateway ... Mask
    if (row.size() < 8 || row[1] != "00000000" || row[7] != "00000000") continue;
    const bool direct = row[2] == "00000000";
    routes.push_back({row[0], direct ? std::nullopt : address4(row[2])});
  }
  return routes;
}

std::vector<DefaultRoute> default_routes6(std::string_view text) {
  std::vector<DefaultRoute> routes;
  for (const auto& row : rows_of(text)) {  // destination, length, source, length, router, ...
    if (row.size() < 10 || row[0] != kNowhere6 || row[1] != "00" || row[9] == "lo") continue;
    const bool direct = row[4] == kNowhere6;
    routes.push_back({row[9], direct ? std::nullopt : address6(row[4])});
  }
  return routes;
}

std::vector<OutsideAddress> outside_addresses() {
  ifaddrs* found = nullptr;
  if (::getifaddrs(&found) != 0) return {};
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(found, &::freeifaddrs);
  const auto routes4 = default_routes4(read_file("/proc/thread-self/net/route"));
  const auto routes6 = default_routes6(read_file("/proc/thread-self/net/ipv6_route"));
  std::map<std::string, std::vector<std::uint8_t>> macs;
  std::vector<OutsideAddress> addresses;
  for (const ifaddrs* next = found; next != nullptr; next = next->ifa_next) {
    if (next->ifa_addr == nullptr || (next->ifa_flags & IFF_UP) == 0) continue;
    if (next->ifa_addr->sa_family == AF_PACKET) {
      sockaddr_ll link{};
      std::memcpy(&link, next->ifa_addr, sizeof link);
      if (link.sll_halen == 6) macs[next->ifa_name].assign(link.sll_addr, link.sll_addr + 6);
      continue;
    }
    const auto local = endpoint_of(next->ifa_addr);
    if (!local || !is_reachable_from_outside(local->address)) continue;
    const auto& routes = is_ipv4(local->address) ? routes4 : routes6;
    addresses.push_back({local->address,
                         next->ifa_name,
                         ::if_nametoindex(next->ifa_name),
                         {},
                         neighbour_of(*next, local->address, routes)});
  }
  for (OutsideAddress& address : addresses) address.mac = macs[address.interface];
  return addresses;
}

}  // namespace mxray::trace
