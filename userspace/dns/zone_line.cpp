// SPDX-License-Identifier: Apache-2.0
#include "dns/zone_line.h"

#include <fmt/format.h>

#include "dns/name.h"

namespace mxray::dns {
namespace {

constexpr std::size_t kLongestString = 255;

}  // namespace

std::string ptr_line(const core::address& address, const std::string& name) {
  return fmt::format("{}. IN PTR {}.", reverse_name(address), name);
}

std::string address_line(const std::string& name, const core::address& address) {
  return fmt::format("{}. IN {} {}", name, name_of(address_type(address)), to_string(address));
}

std::string mx_line(const std::string& domain, const MailExchanger& exchanger) {
  return fmt::format("{}. IN MX {} {}.", domain, exchanger.preference, exchanger.host);
}

std::string txt_line(const std::string& domain, const std::string& text) {
  std::string strings;
  for (std::size_t at = 0; at < text.size() || at == 0; at += kLongestString) {
    strings += " \"";
    for (const char c : text.substr(at, kLongestString)) {
      if (c == '"' || c == '\\') strings += '\\';
      strings += c;
    }
    strings += '"';
  }
  return fmt::format("{}. IN TXT{}", domain, strings);
}

}  // namespace mxray::dns
