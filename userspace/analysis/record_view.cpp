// SPDX-License-Identifier: Apache-2.0
#include "analysis/record_view.h"

#include <algorithm>
#include <cstring>

#include "analysis/incident.h"
#include "analysis/reply_lines.h"
#include "base/text.h"

namespace mxray {
namespace {

template <typename T>
std::optional<Record> copy_as(std::span<const std::byte> bytes) {
  T record;
  if (bytes.size() != sizeof record) return std::nullopt;
  std::memcpy(&record, bytes.data(), sizeof record);
  if (record.header.size != sizeof record) return std::nullopt;
  if (record.header.protocol >= core::PROTOCOL_COUNT) return std::nullopt;
  return record;
}

// Letters that may stand in a mailbox name; what is not here ends it. The
// backslash is the sanitizer's, for letters beyond ASCII (RFC 6531).
bool belongs_to_mailbox(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.\\").find(c) != std::string_view::npos;
}

// Takes the mailbox name that `text` ends in away; whether there was one. A
// quoted name may hold anything (RFC 5321, 4.1.2).
bool drop_mailbox(std::string& text) {
  const std::size_t before = text.size();
  if (text.ends_with('"')) {
    text.pop_back();
    const std::size_t quote = text.rfind('"');
    text.erase(quote == std::string::npos ? 0 : quote);
  }
  while (!text.empty() && belongs_to_mailbox(text.back())) text.pop_back();
  return text.size() != before;
}

std::string text_of(std::span<const std::uint8_t> bytes, std::uint8_t protocol) {
  if (protocol != core::PROTOCOL_SMTP) {
    const auto end = std::find_if(bytes.begin(), bytes.end(),
                                  [](std::uint8_t byte) { return byte == '\r' || byte == '\n'; });
    bytes = bytes.first(static_cast<std::size_t>(end - bytes.begin()));
  }
  return without_mailboxes(sanitize(bytes));
}

}  // namespace

std::optional<Record> read_record(std::span<const std::byte> bytes) {
  core::record_header header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.version != RECORD_VERSION) return std::nullopt;
  switch (header.type) {
    case core::RECORD_FLOW_OPENED:
    case core::RECORD_SYN_ACK_REPEATED:
    case core::RECORD_ENCRYPTED:
    case core::RECORD_FLOW_CLOSED:
    case core::RECORD_SYN_REPEATED:
    case core::RECORD_REFUSED: return copy_as<core::record_flow>(bytes);
    case core::RECORD_GREETING:
    case core::RECORD_COMMAND:
    case core::RECORD_REPLY: return copy_as<core::record_dialogue>(bytes);
    case core::RECORD_SIGNAL: return copy_as<core::record_signal>(bytes);
    case core::RECORD_IDENT: return copy_as<core::record_ident>(bytes);
    case core::RECORD_LOOKUP: return copy_as<core::record_lookup>(bytes);
    default: return std::nullopt;
  }
}

std::string without_mailboxes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '@' && drop_mailbox(out)) out += "...";
    out += c;
  }
  // An address that is cut off may be cut before its @.
  const std::size_t open = out.rfind('<');
  if (open != std::string::npos && out.find_first_of("@>", open) == std::string::npos) {
    out.replace(open + 1, std::string::npos, "...");
  }
  return out;
}

std::string reply_text(const core::record_signal& record) {
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  return text_of(std::span(record.text).first(length), record.header.protocol);
}

std::string reply_text(const core::record_dialogue& record) {
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  return text_of(std::span(record.text).first(length), record.header.protocol);
}

std::vector<ReplyText> reply_texts(const core::record_dialogue& record) {
  constexpr std::size_t kLimit = 1024;  // some bytes become several characters
  constexpr std::string_view kCut = "...";
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  const std::string_view bytes(reinterpret_cast<const char*>(record.text), length);
  std::vector<ReplyText> texts;
  for (const ReplyLines& reply : split_replies(bytes)) {
    texts.push_back({.code = reply.code,
                     .text = without_mailboxes(sanitize(reply.bytes, kLimit)),
                     .complete = reply.complete});
    if (reply.code >= 400 && !reply.ended && !texts.back().text.ends_with(kCut))
      texts.back().text += kCut;
  }
  return texts;
}

std::string command_argument(const core::record_dialogue& record) {
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  return without_mailboxes(sanitize(std::span(record.text).first(length)));
}

std::string shown_text(const core::segment& segment, core::protocol protocol, bool from_server) {
  const std::size_t length = std::min<std::size_t>(segment.head_length, SEGMENT_HEAD);
  const auto head = std::span(segment.head).first(length);
  if (from_server) {
    if ((segment.traits & core::TRAIT_TEXT) == 0) return {};
    std::string text = text_of(head, static_cast<std::uint8_t>(protocol));
    if (segment.length > SEGMENT_HEAD) text += "...";
    return text;
  }
  const auto verb = static_cast<core::verb>(segment.verb);
  std::string text(name_of(verb));
  if (length == 0) return text;
  const std::string argument = without_mailboxes(sanitize(head));
  if (verb == core::VERB_MAIL || verb == core::VERB_RCPT) return text + ":<...@" + argument + ">";
  return text + " " + argument;
}

}  // namespace mxray
