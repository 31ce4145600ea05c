// SPDX-License-Identifier: Apache-2.0
// How does text from a packet become safe to show?
//
// The one sanitizer of mxray. Whatever comes from the network passes here once,
// when it leaves a record, and is then plain printable ASCII: safe for a
// terminal, a log, a JSON string, a label and (after HTML escaping) a page.
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

/// `&<>"'` escaped, for text inside an HTML page.
std::string html_escape(std::string_view text);

}  // namespace mxray
