// SPDX-License-Identifier: Apache-2.0
// Which replies does a server's segment hold, and what does each say?
//
// A server answers pipelined commands (RFC 2920) in one segment, and a reply may
// have several lines (RFC 5321, 4.2.1): `250 2.1.0 Ok`, `550-5.7.1 ...`, `550 5.7.1
// ...`. Every byte is hostile; all of this is linear in the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mxray {

/// One reply of a segment, as sent.
struct ReplyLines {
  int code = 0;
  std::string_view bytes;  // all its lines
  /// Its last line is there (`550 `, not `550-`).
  bool complete = false;
  /// The segment goes on behind it, or ends with a line's end. Else the line was cut.
  bool ended = false;
};

/// The replies of `bytes` in their order; what is no reply belongs to the one
/// before it.
std::vector<ReplyLines> split_replies(std::string_view bytes);

/// `5.7.25` (RFC 3463): class, subject, detail.
struct EnhancedCode {
  int kind = 0;
  int subject = 0;
  int detail = 0;
};

/// What a reply says, as it was shown: `550-5.7.1 no / 550 5.7.1 never`.
struct ReplyParts {
  int code = 0;
  std::optional<EnhancedCode> enhanced;  // at its beginning, or qmail's `(#5.7.1)`
  std::string words;                     // its lines without codes, joined
};

/// Of a reply's text as Refusal holds it: sanitized, its lines joined by ` / `.
ReplyParts parts_of_reply(std::string_view text);

}  // namespace mxray
