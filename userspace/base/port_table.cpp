// SPDX-License-Identifier: Apache-2.0
#include "base/port_table.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace mxray {
namespace {

constexpr std::size_t kMaxPorts = core::PORT_TABLE_SIZE;

std::optional<core::protocol> protocol_named(std::string_view name) {
  if (name == "smtp") return core::PROTOCOL_SMTP;
  if (name == "pop3") return core::PROTOCOL_POP3;
  if (name == "imap") return core::PROTOCOL_IMAP;
  if (name == "other") return core::PROTOCOL_OTHER;
  return std::nullopt;
}

}  // namespace

PortTable default_ports() {
  using namespace core;
  return {{25, PROTOCOL_SMTP},  {465, PROTOCOL_SMTP}, {587, PROTOCOL_SMTP}, {2525, PROTOCOL_SMTP},
          {110, PROTOCOL_POP3}, {995, PROTOCOL_POP3}, {143, PROTOCOL_IMAP}, {993, PROTOCOL_IMAP}};
}

Result<PortTable> parse_ports(std::string_view text) {
  const PortTable known = default_ports();
  PortTable table;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view item = text.substr(0, comma);
    const std::size_t equals = item.find('=');
    const std::string_view digits = item.substr(0, equals);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) {
      return Error{fmt::format(
          "port '{}' is not a number from 1 to 65535; write ports as 25,587,8025=smtp", item)};
    }
    if (port == kIdentPort) {
      return Error{"port 113 is ident, which is always watched; leave it out of the mail ports"};
    }
    core::protocol protocol = core::PROTOCOL_OTHER;
    if (equals != std::string_view::npos) {
      const auto named = protocol_named(item.substr(equals + 1));
      if (!named) {
        return Error{fmt::format("port {}: protocol '{}' is none of smtp, pop3, imap, other", port,
                                 item.substr(equals + 1))};
      }
      protocol = *named;
    } else if (const auto found = known.find(port); found != known.end()) {
      protocol = found->second;
    }
    table[port] = protocol;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (table.size() > kMaxPorts) {
    return Error{
        fmt::format("{} ports are too many; at most {} can be watched", table.size(), kMaxPorts)};
  }
  return table;
}

}  // namespace mxray
