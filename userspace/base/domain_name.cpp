// SPDX-License-Identifier: Apache-2.0
#include "base/domain_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace mxray {
namespace {

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_domain(std::string_view name) {
  constexpr std::size_t kLongestLabel = 63, kLongest = 253;
  if (name.empty() || name.size() > kLongest) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > kLongestLabel ||
        !std::all_of(label.begin(), label.end(), is_label_character)) {
      return false;
    }
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

Result<std::string> parse_domain_name(std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name.size() > 1 && name.back() == '.') name.pop_back();
  if (is_domain(name)) return name;
  return Error{fmt::format("'{}' is no domain; write e.g. example.org", sanitize(text, 64))};
}

}  // namespace mxray
