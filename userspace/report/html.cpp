// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

#include "base/text.h"

namespace mxray {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 1;  // bytes
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
std::optional<Character> decode(std::string_view text) {
  const auto byte = [&text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return Character{first, 1};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return std::nullopt;
  std::uint32_t code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const std::uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return std::nullopt;
  return Character{code, length};
}

bool is_between(std::uint32_t code, std::uint32_t least, std::uint32_t most) {
  return code >= least && code <= most;
}

// What a reader cannot see, or what makes him see something else: C0 and C1
// controls, marks of direction, zero-width and tag characters, non-characters.
bool is_deceptive(std::uint32_t code) {
  return code < 0x20 || is_between(code, 0x7f, 0x9f) || code == 0xad || code == 0x61c ||
         code == 0x180e || is_between(code, 0x200b, 0x200f) || is_between(code, 0x2028, 0x202e) ||
         is_between(code, 0x2060, 0x206f) || code == 0xfeff || is_between(code, 0xfff0, 0xfffb) ||
         is_between(code, 0xfdd0, 0xfdef) || (code & 0xfffe) == 0xfffe ||
         is_between(code, 0xe0000, 0xe0fff);
}

}  // namespace

std::string displayable(std::string_view text, std::size_t limit) {
  std::string out;
  while (!text.empty()) {
    const auto character = decode(text);
    const std::size_t length = character ? character->length : 1;
    if (out.size() + length > limit) {
      return out + fmt::format("... ({} bytes more)", text.size());
    }
    if (!character) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (character->code == '\n' || character->code == '\t') {
      out += ' ';
    } else if (is_deceptive(character->code)) {
      out += character->code < 0x80 ? fmt::format("\\x{:02x}", character->code)
                                    : fmt::format("\\u{:04x}", character->code);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

Html::Html(std::string_view text) : markup_(html_escape(displayable(text))) {}
Html::Html(const std::string& text) : Html(std::string_view(text)) {}
Html::Html(const char* text) : Html(std::string_view(text)) {}

Html Html::markup(Literal markup) {
  Html html;
  html.markup_ = markup.text();
  return html;
}

Html& Html::operator+=(const Html& other) {
  markup_ += other.markup_;
  return *this;
}

namespace {

std::string start_of(Literal name, const Attributes& attributes) {
  std::string tag = "<" + std::string(name.text());
  for (const Attribute& attribute : attributes) {
    tag +=
        fmt::format(" {}=\"{}\"", attribute.name.text(), html_escape(displayable(attribute.value)));
  }
  return tag;
}

}  // namespace

Html element(Literal name, const Attributes& attributes, const Html& content) {
  Html html;
  html.markup_ = start_of(name, attributes) + ">";
  html.markup_ += content.markup_;
  html.markup_ += fmt::format("</{}>", name.text());
  return html;
}

Html element(Literal name, const Html& content) { return element(name, Attributes{}, content); }

Html void_element(Literal name, const Attributes& attributes) {
  Html html;
  html.markup_ = start_of(name, attributes) + "/>";
  return html;
}

}  // namespace mxray
