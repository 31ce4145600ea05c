// SPDX-License-Identifier: Apache-2.0
#include "server/negotiation.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "base/number.h"

namespace mxray {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The part up to `mark`, which is cut off `rest` together with it.
std::string_view take_until(std::string_view& rest, char mark) {
  const auto at = rest.find(mark);
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
  return trimmed(part);
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

struct Entry {
  std::string_view name;
  std::string_view version;  // empty: any
  double quality = 1;
};

Entry read_entry(std::string_view text) {
  Entry entry;
  entry.name = take_until(text, ';');
  while (!text.empty()) {
    std::string_view value = take_until(text, ';');
    const std::string_view key = take_until(value, '=');
    value = trimmed(value);
    if (same_word(key, "version")) entry.version = value;
    if (same_word(key, "q")) {
      entry.quality = std::clamp(parse_number<double>(value).value_or(0), 0.0, 1.0);
    }
  }
  return entry;
}

/// 0: does not fit; the more exactly the higher.
int fit(const Entry& entry, std::string_view type, std::string_view version) {
  if (entry.name == "*/*") return 1;
  if (entry.name.ends_with("/*") &&
      same_word(entry.name.substr(0, entry.name.size() - 1), type.substr(0, type.find('/') + 1))) {
    return 2;
  }
  if (!same_word(entry.name, type)) return 0;
  if (entry.version.empty()) return 3;
  return entry.version == version ? 4 : 0;
}

}  // namespace

double quality_of(std::string_view accept, std::string_view type, std::string_view version) {
  if (trimmed(accept).empty()) return 1;
  int best = 0;
  double quality = 0;
  while (!accept.empty()) {
    const Entry entry = read_entry(take_until(accept, ','));
    const int fits = fit(entry, type, version);
    if (fits > best) best = fits, quality = entry.quality;
  }
  return quality;
}

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<double> named;
  double any = 0;
  while (!accept_encoding.empty()) {
    const Entry entry = read_entry(take_until(accept_encoding, ','));
    if (same_word(entry.name, "gzip") || same_word(entry.name, "x-gzip")) named = entry.quality;
    if (entry.name == "*") any = entry.quality;
  }
  return named.value_or(any) > 0;
}

}  // namespace mxray
