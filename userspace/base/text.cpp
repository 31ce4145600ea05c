// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace mxray {
namespace {

constexpr std::size_t kLongestSentence = 360;
constexpr std::size_t kStartOfSentence = 120;  // its end is longer: it has the remedy

struct Range {
  std::uint32_t least;
  std::uint32_t most;
};

// What Unicode 15 says is not drawn (Default_Ignorable_Code_Point in its
// DerivedCoreProperties.txt), controls, separators of lines, non-characters.
constexpr std::array kDeceptive{
    Range{0x0, 0x1f},        Range{0x7f, 0x9f},       Range{0xad, 0xad},
    Range{0x34f, 0x34f},     Range{0x61c, 0x61c},     Range{0x115f, 0x1160},
    Range{0x17b4, 0x17b5},   Range{0x180b, 0x180f},   Range{0x200b, 0x200f},
    Range{0x2028, 0x202e},   Range{0x2060, 0x206f},   Range{0x3164, 0x3164},
    Range{0xfdd0, 0xfdef},   Range{0xfe00, 0xfe0f},   Range{0xfeff, 0xfeff},
    Range{0xffa0, 0xffa0},   Range{0xfff0, 0xfffb},   Range{0x1bca0, 0x1bca3},
    Range{0x1d173, 0x1d17a}, Range{0xe0000, 0xe0fff},
};

// The byte at which the character begins that follows the first `count`.
std::size_t byte_of(std::string_view text, std::size_t count) {
  std::size_t byte = 0;
  for (; count > 0 && byte < text.size(); --count) {
    byte += first_character(text.substr(byte)).bytes;
  }
  return byte;
}

}  // namespace

std::string sanitize(std::span<const std::uint8_t> bytes, std::size_t limit) {
  while (!bytes.empty() && (bytes.back() == '\r' || bytes.back() == '\n')) {
    bytes = bytes.first(bytes.size() - 1);
  }
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t byte = bytes[i];
    std::string piece;
    if (byte == '\n') {
      piece = " / ";
    } else if (byte == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
      continue;
    } else if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
      piece = std::string(1, static_cast<char>(byte));
    } else {
      piece = fmt::format("\\x{:02x}", byte);
    }
    if (out.size() + piece.size() > limit) {
      while (out.size() + 3 > limit && !out.empty()) out.pop_back();
      return out + "...";
    }
    out += piece;
  }
  return out;
}

std::string sanitize(std::string_view bytes, std::size_t limit) {
  return sanitize(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
                  limit);
}

Character first_character(std::string_view text) {
  const auto byte = [&text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  std::uint32_t code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const std::uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, length, true};
}

bool is_deceptive(const Character& character) {
  const std::uint32_t code = character.code;
  return !character.is_valid || (code & 0xfffe) == 0xfffe ||
         std::ranges::any_of(kDeceptive, [code](const Range& range) {
           return code >= range.least && code <= range.most;
         });
}

std::string displayable(std::string_view text, std::size_t limit) {
  std::string out;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (out.size() + character.bytes > limit) {
      return out + fmt::format("... ({} bytes more)", text.size());
    }
    if (!character.is_valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (character.code == '\n' || character.code == '\t') {
      out += ' ';
    } else if (is_deceptive(character)) {
      out += character.code < 0x80 ? fmt::format("\\x{:02x}", character.code)
                                   : fmt::format("\\u{:04x}", character.code);
    } else {
      out += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

std::string abridged(std::string_view sentence) {
  std::string shown = displayable(sentence, std::numeric_limits<std::size_t>::max());
  std::size_t characters = 0;
  for (std::size_t byte = 0; byte < shown.size(); ++characters) {
    byte += first_character(std::string_view(shown).substr(byte)).bytes;
  }
  if (characters <= kLongestSentence) return shown;
  const std::size_t start = byte_of(shown, kStartOfSentence);
  const std::size_t end = byte_of(shown, characters - (kLongestSentence - kStartOfSentence - 3));
  return shown.substr(0, start) + "..." + shown.substr(end);
}

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace mxray
