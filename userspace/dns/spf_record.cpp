// SPDX-License-Identifier: Apache-2.0
#include "dns/spf_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/number.h"
#include "dns/name.h"

namespace mxray::dns {
namespace {

constexpr std::string_view kVersion = "v=spf1";

struct Name {
  std::string_view text;
  SpfMechanism mechanism;
};
constexpr std::array<Name, 8> kNames{{{"all", SpfMechanism::kAll},
                                      {"include", SpfMechanism::kInclude},
                                      {"a", SpfMechanism::kA},
                                      {"mx", SpfMechanism::kMx},
                                      {"ptr", SpfMechanism::kPtr},
                                      {"ip4", SpfMechanism::kIp4},
                                      {"ip6", SpfMechanism::kIp6},
                                      {"exists", SpfMechanism::kExists}}};

Error wrong(std::string_view term, std::string_view what) {
  return Error{fmt::format("the term '{}' {}", term, what)};
}

std::optional<SpfMechanism> mechanism_of(std::string_view name) {
  const std::string wanted = normal_name(name);
  const auto* found = std::find_if(kNames.begin(), kNames.end(),
                                   [&](const Name& one) { return one.text == wanted; });
  return found == kNames.end() ? std::nullopt : std::optional(found->mechanism);
}

// `/24`, `//64`, `/24//64` off the end of `rest`; false if it is none of them.
bool take_prefixes(std::string_view& rest, SpfTerm& term) {
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return true;
  std::string_view lengths = rest.substr(slash);
  rest = rest.substr(0, slash);
  const auto take = [](std::string_view text, int most, int& target) {
    const auto length = parse_number<int>(text);
    if (!length || *length < 0 || *length > most) return false;
    target = *length;
    return true;
  };
  const auto twice = lengths.find("//");
  if (twice != std::string_view::npos) {
    if (!take(lengths.substr(twice + 2), 128, term.prefix6)) return false;
    lengths = lengths.substr(0, twice);
  }
  return lengths.empty() || take(lengths.substr(1), 32, term.prefix4);
}

// The network of ip4 and ip6; the sentence says what is wrong.
std::string take_network(std::string_view value, SpfTerm& term) {
  const bool four = term.mechanism == SpfMechanism::kIp4;
  int& prefix = four ? term.prefix4 : term.prefix6;
  const auto slash = value.find('/');
  if (slash != std::string_view::npos) {
    const auto length = parse_number<int>(value.substr(slash + 1));
    if (!length || *length < 0 || *length > (four ? 32 : 128)) return "has a wrong prefix length";
    prefix = *length;
  }
  const auto address = parse_address(value.substr(0, slash));
  // ip6:::ffff:192.0.2.1 is an IPv6 address that is_ipv4() takes for the other kind.
  const bool written_as_six = value.find(':') != std::string_view::npos;
  if (!address || written_as_six == four) {
    return fmt::format("names no IPv{} address", four ? 4 : 6);
  }
  term.network = *address;
  return {};
}

Result<SpfTerm> parse_term(std::string_view text) {
  SpfTerm term;
  term.text = text;
  if (std::string_view("+-~?").find(text.front()) != std::string_view::npos) {
    term.qualifier = text.front();
    text.remove_prefix(1);
  }
  const auto end = text.find_first_of(":/");
  const auto mechanism = mechanism_of(text.substr(0, end));
  if (!mechanism) return wrong(term.text, "is no mechanism of SPF");
  term.mechanism = *mechanism;
  std::string_view rest = end == std::string_view::npos ? "" : text.substr(end);
  const bool has_value = rest.starts_with(':');
  if (has_value) rest.remove_prefix(1);

  switch (term.mechanism) {
    case SpfMechanism::kAll:
      if (end != std::string_view::npos) return wrong(term.text, "takes no value");
      return term;
    case SpfMechanism::kIp4:
    case SpfMechanism::kIp6: {
      const std::string problem = has_value ? take_network(rest, term) : "names no address";
      if (!problem.empty()) return wrong(term.text, problem);
      return term;
    }
    case SpfMechanism::kA:
    case SpfMechanism::kMx:
      if (!take_prefixes(rest, term)) return wrong(term.text, "has a wrong prefix length");
      break;
    case SpfMechanism::kInclude:
    case SpfMechanism::kExists:
      if (!has_value) return wrong(term.text, "names no domain");
      break;
    case SpfMechanism::kPtr: break;
  }
  term.domain = normal_name(rest);
  if (has_value && term.domain.empty()) return wrong(term.text, "names no domain");
  if (term.domain.find('/') != std::string::npos && !has_macros(term.domain)) {
    return wrong(term.text, "takes no prefix length");
  }
  return term;
}

// `name=value`: the name begins with a letter and has none of a mechanism's signs.
bool is_modifier(std::string_view term) {
  const auto equals = term.find_first_of("=:/");
  return equals != std::string_view::npos && equals > 0 && term[equals] == '=' &&
         std::isalpha(static_cast<unsigned char>(term.front())) != 0;
}

}  // namespace

bool is_spf(std::string_view text) {
  return normal_name(text.substr(0, kVersion.size())) == kVersion &&
         (text.size() == kVersion.size() || text[kVersion.size()] == ' ');
}

bool has_macros(std::string_view domain) { return domain.find('%') != std::string_view::npos; }

Result<SpfRecord> parse_spf(std::string_view text) {
  SpfRecord record;
  text.remove_prefix(std::min(kVersion.size(), text.size()));
  while (!text.empty()) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::string_view term = text.substr(0, text.find(' '));
    text.remove_prefix(term.size());
    if (is_modifier(term)) {
      if (normal_name(term.substr(0, 9)) != "redirect=") continue;
      if (record.redirect) return wrong(term, "comes twice");
      record.redirect = normal_name(term.substr(9));
      if (record.redirect->empty()) return wrong(term, "names no domain");
      continue;
    }
    auto parsed = parse_term(term);
    if (!parsed) return parsed.error();
    record.terms.push_back(*std::move(parsed));
  }
  return record;
}

}  // namespace mxray::dns
