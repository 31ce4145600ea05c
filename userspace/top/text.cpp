// SPDX-License-Identifier: Apache-2.0
#include "top/text.h"

#include <cwchar>

#include "base/text.h"

namespace mxray::top {
namespace {

// One character at the start of a text: its bytes, and its columns, which are 0 if
// it may not be shown.
struct Shown {
  std::size_t bytes = 1;
  std::size_t columns = 0;
};

Shown first_of(std::string_view text, Letters letters) {
  const Character character = first_character(text);
  if (letters == Letters::kAscii && character.code >= 0x80) return {};
  if (is_deceptive(character)) return {.bytes = character.bytes};
  const int columns = ::wcwidth(static_cast<wchar_t>(character.code));
  return {character.bytes, columns > 0 ? static_cast<std::size_t>(columns) : 0};
}

// As many whole characters of a clean text as fit.
std::string start_of(std::string_view text, std::size_t columns, Letters letters) {
  std::string out;
  while (!text.empty()) {
    const Shown character = first_of(text, letters);
    if (character.columns > columns) break;
    columns -= character.columns;
    out += text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace

std::string clean(std::string_view text, Letters letters) {
  std::string out;
  while (!text.empty()) {
    const Shown character = first_of(text, letters);
    out += character.columns == 0 ? "?" : text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
  }
  return out;
}

std::size_t columns_of(std::string_view text, Letters letters) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Shown character = first_of(text, letters);
    columns += character.columns;
    text.remove_prefix(character.bytes);
  }
  return columns;
}

std::string_view ellipsis(Letters letters) { return letters == Letters::kUtf8 ? "…" : "~"; }

std::string without_start(std::string_view text, std::size_t columns, Letters letters) {
  std::size_t gone = 0;
  while (!text.empty() && gone < columns) {
    const Shown character = first_of(text, letters);
    gone += character.columns;
    text.remove_prefix(character.bytes);
  }
  return std::string(gone > columns ? gone - columns : 0, ' ') + std::string(text);
}

std::string cut(std::string_view text, std::size_t columns, Letters letters, Keep keep) {
  std::string whole = clean(text, letters);
  const std::size_t width = columns_of(whole, letters);
  if (width <= columns) return whole;
  if (columns == 0) return {};
  if (keep == Keep::kEnd) return without_start(whole, width - columns, letters);
  const std::size_t end = keep == Keep::kEnds ? (columns - 1) / 2 : 0;
  return start_of(whole, columns - 1 - end, letters) + std::string(ellipsis(letters)) +
         without_start(whole, width - end, letters);
}

std::string fit(std::string_view text, std::size_t columns, Letters letters, Keep keep) {
  std::string out = cut(text, columns, letters, keep);
  out.append(columns - columns_of(out, letters), ' ');
  return out;
}

}  // namespace mxray::top
