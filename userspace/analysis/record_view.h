// SPDX-License-Identifier: Apache-2.0
// Is this a record we understand, and what may be read of its text?
//
// The gate between bytes and judgement: versions and sizes are checked here,
// and text passes the sanitizer here, once, before anything else sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "record.h"

namespace mxray {

using Record = std::variant<core::record_flow, core::record_dialogue, core::record_signal,
                            core::record_ident, core::record_lookup>;

/// A copy of the record; nullopt if its version, type or size is not ours.
std::optional<Record> read_record(std::span<const std::byte> bytes);

/// VERB_NONE if a record has a number that is no verb.
inline core::verb verb_of(std::uint8_t number) {
  return number < core::VERB_COUNT ? static_cast<core::verb>(number) : core::VERB_NONE;
}

/// The reply's text: sanitized, mailbox names removed (base/mailbox_names.h), and of
/// protocols other than SMTP only the first line, because message content may
/// follow it; of POP3 and IMAP only its ordinary words, without IMAP's tag.
std::string reply_text(const core::record_signal& record);
std::string reply_text(const core::record_dialogue& record);

/// One reply of a segment, its text made harmless as reply_text() does.
struct ReplyText {
  int code = 0;
  std::string text;
  bool complete = false;  // else its last line is missing
};

/// The replies of an SMTP server's segment, in their order.
std::vector<ReplyText> reply_texts(const core::record_dialogue& record);

/// What a command was about: a host name, a domain or a mechanism; sanitized.
std::string command_argument(const core::record_dialogue& record);

/// What may be shown of a segment in a table: `RCPT TO:<...@example.org>` for a
/// command, the beginning of its text for a reply, else nothing.
std::string shown_text(const core::segment& segment, core::protocol protocol, bool from_server);

}  // namespace mxray
