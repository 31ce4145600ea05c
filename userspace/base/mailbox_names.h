// SPDX-License-Identifier: Apache-2.0
// Which words of a server's reply may name a mailbox?
//
// A server repeats the name it was asked for in whatever way it likes. What may
// be such a name becomes `...`; a word too many is lost rather than one shown.
// Linear in the text, which is hostile.
#pragma once

#include <string>
#include <string_view>

namespace mxray {

/// Sanitized `text` without what may name a mailbox:
/// - what stands before `@` or `%40` (in a URL, RFC 3986), spaces between or not;
/// - all between `<` and `>` but a URL, a host name, an address, `<>`, and the
///   `<forward-path>` and `<CR><LF>` of the RFC's own texts;
/// - each word in quotes, after `user`, `mailbox`, `recipient` and the like, and at
///   the start of a reply about a mailbox (RFC 3463: x.1.x, x.2.x; `b unknown`),
///   unless it is an ordinary word of replies, a host name or an address;
/// - a word that `...` follows; a bang path; `user=` and the like in a URL.
/// `cut_off`: the text may end within a name, so the last word is judged, too.
std::string without_mailboxes(std::string_view text, bool cut_off = false);

/// Of sanitized `text` only ordinary words of replies, host names, addresses and
/// numbers of up to four digits; `...` stands for the rest.
std::string ordinary_words(std::string_view text);

}  // namespace mxray
