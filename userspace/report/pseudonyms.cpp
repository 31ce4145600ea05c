// SPDX-License-Identifier: Apache-2.0
#include "report/pseudonyms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/number.h"
#include "base/time.h"

namespace mxray {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Between words, whatever they are: marks that no address and no host name contains.
// What is no ASCII (`≠`) is mxray's own, for the sanitizer lets none in.
bool is_between_words(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || c <= ' ' ||
         std::string_view("<>()[]{}\",;`=+@|").find(c) != std::string_view::npos;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

/// A word without the marks of the sentence around it.
struct Trimmed {
  std::string_view before, word, after;
};

Trimmed trimmed(std::string_view run) {
  constexpr std::string_view kBefore = "-.'!?*&", kAfter = ".:'!?*-/%&\\";
  std::size_t start = std::min(run.find_first_not_of(kBefore), run.size());
  const std::string_view rest = run.substr(start);
  if (rest.starts_with(':') && !rest.starts_with("::")) ++start;  // a port's, or an address's
  const std::size_t last = run.find_last_not_of(kAfter);
  const std::size_t end = last == std::string_view::npos ? start : std::max(start, last + 1);
  return {run.substr(0, start), run.substr(start, end - start), run.substr(end)};
}

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) -
                                  text.begin());
}

bool all_letters(std::string_view text) { return std::all_of(text.begin(), text.end(), is_letter); }

// `587`, `34.3`, `54ms`, `5xx`: too short for an address.
bool is_short_number(std::string_view word, std::size_t most_digits) {
  const std::size_t whole = digits_at(word);
  if (whole == 0 || whole > most_digits) return false;
  word.remove_prefix(whole);
  if (word.starts_with('.')) {
    const std::size_t fraction = digits_at(word.substr(1));
    if (fraction == 0 || fraction > 3) return false;
    word.remove_prefix(1 + fraction);
  }
  return word.size() <= 3 && all_letters(word);
}

// RFC 3463: `5.7.1`.
bool is_enhanced_code(std::string_view word) {
  if (word.size() < 5 || (word[0] != '2' && word[0] != '4' && word[0] != '5') || word[1] != '.') {
    return false;
  }
  const std::size_t subject = digits_at(word.substr(2));
  if (subject < 1 || subject > 3 || word.size() <= 3 + subject || word[2 + subject] != '.') {
    return false;
  }
  const std::string_view detail = word.substr(3 + subject);
  return detail.size() <= 3 && digits_at(detail) == detail.size();
}

// What mxray's remedies write that a name or an address could look like. A test holds it
// against the analysis.
constexpr std::array<std::string_view, 10> kOwnWords = {"/etc/mxray/mxrayd.yaml",
                                                        "/etc/nftables.conf",
                                                        "/etc/resolv.conf",
                                                        "ip4",
                                                        "ip6",
                                                        "ip6tables",
                                                        "ipv4",
                                                        "ipv6",
                                                        "rfc1413_query_timeout",
                                                        "timeout.ident"};

bool may_stay_in_own(std::string_view word) {
  const std::string lower = lower_case(word);
  if (is_stock_word(lower) || std::binary_search(kOwnWords.begin(), kOwnWords.end(), lower)) {
    return true;
  }
  const bool plain = std::none_of(word.begin(), word.end(), [](char c) {
    return is_digit(c) || c == '.' || c == '\\' || c == '%';
  });
  if (plain) return !word.starts_with('/');
  const bool few_bits = lower.starts_with("0x") && lower.size() <= 4;
  return few_bits || is_short_number(word, 5) || is_enhanced_code(word) ||
         parse_rfc3339(word).has_value();
}

bool may_stay_in_quoted(std::string_view word) {
  if (is_short_number(word, 4) || is_enhanced_code(word)) return true;
  std::string lower = lower_case(word);
  // A line that others follow: `250-PIPELINING` (RFC 5321, 4.2.1).
  if (digits_at(lower) == 3 && lower.size() > 4 && lower[3] == '-') lower.erase(0, 4);
  constexpr std::string_view kJoints = "-/_':";
  for (std::string_view rest = lower; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find_first_of(kJoints));
    if (!part.empty() && !is_stock_word(part)) return false;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  return true;
}

struct Written {
  core::address address{};
  bool network = false;
  std::string_view rest;  // `:25`, `/24`
};

// `10.1.4.7`, `10.1.4.7:25`, `10.0.0.0/8`, `fe80::1%eth0`, `IPv6:fd00::1` (RFC 5321, 4.1.3).
std::optional<Written> address_in(std::string_view word) {
  if (lower_case(word.substr(0, 5)) == "ipv6:") word.remove_prefix(5);
  std::string_view rest;
  const std::size_t slash = std::min(word.find('/'), word.size());
  if (slash < word.size() && !parse_number<unsigned>(word.substr(slash + 1))) return std::nullopt;
  rest = word.substr(slash);
  word = word.substr(0, slash);
  word = word.substr(0, word.find('%'));
  if (const auto address = parse_address(word)) return Written{*address, !rest.empty(), rest};
  const std::size_t colon = word.rfind(':');
  if (colon == std::string_view::npos || !rest.empty()) return std::nullopt;
  rest = word.substr(colon);
  const auto address = parse_address(word.substr(0, colon));
  if (!address || !parse_number<std::uint16_t>(rest.substr(1))) return std::nullopt;
  return Written{*address, false, rest};
}

// How much of `text` begins as `quotation` does, which may have been cut in it; 0: too
// little to be it.
std::size_t quoted_at(std::string_view text, std::string_view quotation) {
  constexpr std::size_t kEnough = 24;
  const auto [end, unused] =
      std::mismatch(text.begin(), text.end(), quotation.begin(), quotation.end());
  const auto length = static_cast<std::size_t>(end - text.begin());
  return length > 0 && length >= std::min(kEnough, quotation.size()) ? length : 0;
}

std::size_t run_at(std::string_view text) {
  return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_between_words) -
                                  text.begin());
}

}  // namespace

Pseudonyms::Pseudonyms(Inside inside, std::unordered_set<core::address> told)
    : inside_(std::move(inside)), told_(std::move(told)) {}

const std::string& Pseudonyms::of(std::string_view what, std::string_view thing) {
  std::string& name = names_[{std::string(what), std::string(thing)}];
  if (name.empty()) name = fmt::format("{}-{}", what, ++counts_[std::string(what)]);
  return name;
}

void Pseudonyms::call(std::string_view word, std::string_view name) { called_.emplace(word, name); }

const std::string& Pseudonyms::of_address(const core::address& address, bool network) {
  const bool client = !network && inside_.is_client(address);
  return of(network ? "network" : client ? "client" : "host", to_string(address));
}

bool Pseudonyms::is_inside(const core::address& address) const { return inside_.contains(address); }

std::string Pseudonyms::word(std::string_view run, bool quoted) {
  const auto [before, word, after] = trimmed(run);
  if (word.empty()) return std::string(run);
  std::string name;
  if (const auto called = called_.find(word); called != called_.end()) {
    name = called->second;
  } else if (const auto written = address_in(word)) {
    const bool told = !quoted || told_.contains(written->address);
    if (told && !is_inside(written->address)) return std::string(run);
    name = of_address(written->address, written->network);
    name += written->rest;
  } else if (quoted ? may_stay_in_quoted(word) : may_stay_in_own(word)) {
    return std::string(run);
  } else {
    name = of("word", lower_case(word));
  }
  return std::string(before) + name + std::string(after);
}

std::string Pseudonyms::quoted(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = run_at(text);
    out += length == 0 ? std::string(1, text.front()) : word(text.substr(0, length), true);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string Pseudonyms::own(std::string_view text, const std::vector<std::string>& quotations) {
  std::string out;
  bool between_marks = false;
  while (!text.empty()) {
    std::size_t length = 0;
    for (const std::string& quotation : quotations) {
      length = std::max(length, quoted_at(text, quotation));
    }
    if (length > 0) {
      length += run_at(text.substr(length));  // to the end of its last word
      out += quoted(text.substr(0, length));
    } else if ((length = run_at(text)) > 0) {
      out += word(text.substr(0, length), between_marks);
    } else {
      length = 1;
      if (text.front() == '"') between_marks = !between_marks;
      out += text.front();
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace mxray
