// SPDX-License-Identifier: Apache-2.0
#include "dns/name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace mxray::dns {
namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kLongestLabel && is_alphanumeric(label.front()) &&
         is_alphanumeric(label.back()) && std::all_of(label.begin(), label.end(), [](char c) {
           return is_alphanumeric(c) || c == '-';
         });
}

std::vector<std::string_view> labels_of(std::string_view name) {
  std::vector<std::string_view> labels;
  for (std::size_t dot = 0; dot != std::string_view::npos; name.remove_prefix(dot + 1)) {
    dot = name.find('.');
    labels.push_back(name.substr(0, dot));
    if (dot == std::string_view::npos) break;
  }
  return labels;
}

// The decimal numbers in a text, without leading zeros.
std::vector<std::string> numbers_in(std::string_view text) {
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_digit(text[i])) {
      ++i;
      continue;
    }
    std::string number;
    for (; i < text.size() && is_digit(text[i]); ++i) number += text[i];
    number.erase(0, std::min(number.find_first_not_of('0'), number.size() - 1));
    numbers.push_back(number);
  }
  return numbers;
}

bool spells_ipv4(const std::string& name, const core::address& address) {
  const std::uint8_t* octets = address.bytes + 12;
  std::string hexadecimal;
  std::string padded;
  std::array<std::string, 4> wanted;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    wanted[i] = std::to_string(octets[i]);
    hexadecimal += fmt::format("{:02x}", octets[i]);
    padded += fmt::format("{:03}", octets[i]);
  }
  if (name.find(hexadecimal) != std::string::npos || name.find(padded) != std::string::npos) {
    return true;
  }
  // In any order, for some write it backwards.
  std::vector<std::string> numbers = numbers_in(name);
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& octet) {
    const auto found = std::find(numbers.begin(), numbers.end(), octet);
    if (found == numbers.end()) return false;
    numbers.erase(found);
    return true;
  });
}

// The host part, with or without the separators that people put in.
bool spells_ipv6(std::string name, const core::address& address) {
  std::string host;
  for (std::size_t i = 8; i < 16; ++i) host += fmt::format("{:02x}", address.bytes[i]);
  std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
  return name.find(host) != std::string::npos;
}

}  // namespace

std::string normal_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string normal(name);
  for (char& c : normal) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return normal;
}

bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kLongestName) return false;
  const auto labels = labels_of(name);
  return std::all_of(labels.begin(), labels.end(), is_label);
}

bool is_qualified_host_name(std::string_view name) {
  if (!is_host_name(name) || address_in(name)) return false;
  if (name.ends_with('.')) name.remove_suffix(1);
  const auto labels = labels_of(name);
  // No top-level domain is a number (RFC 3696 2).
  return labels.size() >= 2 && !std::all_of(labels.back().begin(), labels.back().end(), is_digit);
}

std::optional<core::address> address_in(std::string_view name) {
  if (name.starts_with('[') && name.ends_with(']')) {
    name = name.substr(1, name.size() - 2);
    if (normal_name(name.substr(0, 5)) == "ipv6:") name.remove_prefix(5);
  } else if (name.ends_with('.')) {
    name.remove_suffix(1);
  }
  return parse_address(name);
}

bool looks_generic(std::string_view name, const core::address& address) {
  const std::string normal = normal_name(name);
  return is_ipv4(address) ? spells_ipv4(normal, address) : spells_ipv6(normal, address);
}

}  // namespace mxray::dns
