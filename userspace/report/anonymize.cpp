// SPDX-License-Identifier: Apache-2.0
#include "report/anonymize.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace mxray {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_word(char c) {
  return is_hex(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct Found {
  core::address address{};
  std::size_t length = 0;
};

// The longest address at the beginning of `text` that is made of `is_part`; what
// follows an address in a sentence (`.`, `:25`) is not part of it.
template <typename IsPart>
std::optional<Found> longest(std::string_view text, IsPart is_part) {
  constexpr std::size_t kLongest = 45;  // of INET6_ADDRSTRLEN without its end
  std::size_t length = 0;
  while (length < std::min(text.size(), kLongest) && is_part(text[length])) ++length;
  for (; length > 1; --length) {
    if (length < text.size() && is_word(text[length])) continue;  // in the middle of a word
    if (const auto address = parse_address(text.substr(0, length))) return Found{*address, length};
  }
  return std::nullopt;
}

std::optional<Found> address_at(std::string_view text) {
  const auto ipv6 = longest(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  return ipv6 ? ipv6 : longest(text, [](char c) { return is_digit(c) || c == '.'; });
}

class Names {
 public:
  const std::string& of(const core::address& address, bool network, const Inside& inside) {
    std::string& name = names_[{to_string(address), network}];
    if (name.empty()) {
      const bool client = !network && inside.is_client(address);
      const char* what = network ? "network" : client ? "client" : "host";
      name = fmt::format("{}-{}", what, ++counts_[what]);
    }
    return name;
  }

 private:
  std::map<std::pair<std::string, bool>, std::string> names_;
  std::map<std::string, int> counts_;
};

}  // namespace

Inside::Inside(std::vector<Network> networks, std::vector<core::address> clients)
    : networks_(std::move(networks)), clients_(std::move(clients)) {}

bool Inside::is_client(const core::address& address) const {
  return std::find(clients_.begin(), clients_.end(), address) != clients_.end();
}

bool Inside::contains(const core::address& address) const {
  return is_private(address) || is_client(address) ||
         std::any_of(networks_.begin(), networks_.end(), [&address](const Network& network) {
           return mxray::contains(network, address);
         });
}

std::string anonymized(std::string_view page, const Inside& inside) {
  Names names;
  std::string out;
  for (std::size_t at = 0; at < page.size();) {
    const char before = at == 0 ? ' ' : page[at - 1];
    const bool may_start =
        !is_word(before) && before != '.' && (is_hex(page[at]) || page[at] == ':');
    const auto found = may_start ? address_at(page.substr(at)) : std::nullopt;
    if (!found || !inside.contains(found->address)) {
      // A whole address at once: its end must not be taken for another one.
      const std::size_t length = found ? found->length : 1;
      out += page.substr(at, length);
      at += length;
      continue;
    }
    at += found->length;
    const bool network = at + 1 < page.size() && page[at] == '/' && is_digit(page[at + 1]);
    out += names.of(found->address, network, inside);
  }
  return out;
}

}  // namespace mxray
