// SPDX-License-Identifier: Apache-2.0
// Which words of a server's reply are known to be none of a mailbox's?
#pragma once

#include <string_view>

namespace mxray::mailbox_words {

/// Stands where a name was.
inline constexpr std::string_view kCut = "...";

/// Whether `list`, in lower case with a space before and behind each word, has this
/// one, in whatever case.
bool is_one_of(std::string_view list, std::string_view word);

/// `mx.example.org`, `mx.example.org[192.0.2.1]`, `unknown[192.0.2.1]`, `192.0.2.1`.
bool is_place(std::string_view word);
/// With `IPv6:` before it, too (RFC 5321, 4.1.3).
bool is_address(std::string_view word);
/// `550`, `5.1.1`: a number of up to four digits, or several with dots.
bool is_code(std::string_view word);
/// `...@example.org`: the name is gone already.
bool is_cut_mailbox(std::string_view word);
/// An ordinary word of replies, or no longer a name. A mailbox may be called so, too:
/// that tells nothing.
bool tells_nothing(std::string_view word);

}  // namespace mxray::mailbox_words
