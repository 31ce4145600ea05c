// SPDX-License-Identifier: Apache-2.0
// How does text from a packet, or from somebody's hands, become safe to show?
//
// The one sanitizer of mxray. Whatever comes from the network passes here once,
// when it leaves a record, and is then plain printable ASCII: safe for a
// terminal, a log, a JSON string, a label and (after HTML escaping) a page.
// Names of files and hosts and what was typed keep their letters: they are
// decoded as UTF-8, and only what a reader cannot see is written out.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mxray {

/// Printable ASCII stays, all other bytes become `\xHH` (a backslash too),
/// trailing CR and LF are dropped, inner line ends become ` / `. At most
/// `limit` characters; a longer text ends in `...`.
std::string sanitize(std::span<const std::uint8_t> bytes, std::size_t limit = 256);
std::string sanitize(std::string_view bytes, std::size_t limit = 256);

/// A character at the start of a text; 1 byte that is not valid if it is no UTF-8
/// (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 1;
  bool is_valid = false;
};

/// The first of `text`, which is not empty.
Character first_character(std::string_view text);

/// What a reader cannot see, or what makes him see something else: no UTF-8, C0 and C1
/// controls, marks of direction, zero-width, filling and tag characters, what selects a
/// variant, non-characters.
bool is_deceptive(const Character& character);

/// Longer texts are cut, and say by how much.
inline constexpr std::size_t kLongestText = 2048;

/// `text` as a reader may see it: UTF-8 without what is_deceptive(), which becomes
/// `\x1b` or `\u202e`; a byte that is no UTF-8 becomes `\xff`; a line end becomes a
/// space. Not escaped for HTML yet.
std::string displayable(std::string_view text, std::size_t limit = kLongestText);

/// A sentence about something that was typed, or read from a file, however long that is:
/// displayable, and `...` in place of its middle if it has more than 360 characters, for
/// its end says what to do.
std::string abridged(std::string_view sentence);

/// `&<>"'` escaped, for text inside an HTML page.
std::string html_escape(std::string_view text);

}  // namespace mxray
