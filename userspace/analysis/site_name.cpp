// SPDX-License-Identifier: Apache-2.0
#include "analysis/site_name.h"

#include <algorithm>
#include <array>

namespace mxray {
namespace {

// Where the label that ends before `end` begins.
std::size_t label_before(std::string_view name, std::size_t end) {
  const std::size_t dot = end == 0 ? std::string_view::npos : name.rfind('.', end - 1);
  return dot == std::string_view::npos ? 0 : dot + 1;
}

// Names that stand for nobody on the Internet (RFC 6761, RFC 6762), or are usual inside.
bool is_inside_only(std::string_view top) {
  constexpr std::array<std::string_view, 6> kInside = {"local",     "localdomain", "lan",
                                                       "localhost", "home",        "internal"};
  return std::find(kInside.begin(), kInside.end(), top) != kInside.end();
}

}  // namespace

std::string_view site_of(std::string_view name) {
  const std::size_t top = label_before(name, name.size());
  if (top < 2) return {};
  std::size_t begin = label_before(name, top - 1);
  // `co.uk`, `com.cn`: below a country's name a short one is the registry's.
  constexpr std::size_t kLongest = 3;
  if (begin > 1 && name.size() - top == 2 && top - 1 - begin <= kLongest) {
    begin = label_before(name, begin - 1);
  }
  return name.substr(begin);
}

bool is_server_name(std::string_view name) {
  if (site_of(name).empty() || name.front() == '[') return false;
  const std::string_view top = name.substr(label_before(name, name.size()));
  return !top.empty() && !is_inside_only(top) &&
         std::all_of(top.begin(), top.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace mxray
