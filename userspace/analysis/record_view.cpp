// SPDX-License-Identifier: Apache-2.0
#include "analysis/record_view.h"

#include <algorithm>
#include <cstring>

#include "analysis/incident.h"
#include "analysis/reply_lines.h"
#include "base/mailbox_names.h"
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

// `POP3`, `IMAP4`: the first line only, since message content may follow; without
// IMAP's tag, which is the client's choice (RFC 3501, 2.2.1).
std::string status_line(std::string_view line, std::uint8_t protocol) {
  if (protocol == core::PROTOCOL_IMAP && !line.starts_with('*') && !line.starts_with('+')) {
    line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  }
  return ordinary_words(line);
}

bool is_mail_store(std::uint8_t protocol) {
  return protocol == core::PROTOCOL_POP3 || protocol == core::PROTOCOL_IMAP;
}

std::string text_of(std::span<const std::uint8_t> bytes, std::uint8_t protocol, bool cut_off) {
  if (protocol != core::PROTOCOL_SMTP) {
    const auto end = std::find_if(bytes.begin(), bytes.end(),
                                  [](std::uint8_t byte) { return byte == '\r' || byte == '\n'; });
    bytes = bytes.first(static_cast<std::size_t>(end - bytes.begin()));
  }
  std::string text = sanitize(bytes);
  if (!is_mail_store(protocol)) return without_mailboxes(text, cut_off);
  return text.empty() ? text : status_line(text, protocol);
}

// Whether a name may go on behind what is there: no line end, or bytes missing.
template <typename T>
bool is_cut_off(const T& record) {
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  return length > 0 && record.text[length - 1] != '\n';
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

std::string reply_text(const core::record_signal& record) {
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  return text_of(std::span(record.text).first(length), record.header.protocol, is_cut_off(record));
}

std::string reply_text(const core::record_dialogue& record) {
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  return text_of(std::span(record.text).first(length), record.header.protocol, is_cut_off(record));
}

std::vector<ReplyText> reply_texts(const core::record_dialogue& record) {
  constexpr std::size_t kLimit = 1024;  // some bytes become several characters
  constexpr std::string_view kCut = "...";
  const std::size_t length = std::min<std::size_t>(record.text_length, sizeof record.text);
  const std::string_view bytes(reinterpret_cast<const char*>(record.text), length);
  std::vector<ReplyText> texts;
  for (const ReplyLines& reply : split_replies(bytes)) {
    texts.push_back(
        {.code = reply.code,
         .text = without_mailboxes(sanitize(reply.bytes, kLimit), !reply.bytes.ends_with('\n')),
         .complete = reply.complete});
    if (reply.code >= 400 && !reply.ended && !texts.back().text.ends_with(kCut)) {
      texts.back().text += kCut;
    }
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
    const bool is_longer = segment.length > SEGMENT_HEAD;
    std::string text = text_of(head, static_cast<std::uint8_t>(protocol), is_longer);
    if (is_longer && !text.ends_with("...")) text += "...";
    return text;
  }
  const core::verb verb = verb_of(segment.verb);
  std::string text(name_of(verb));
  if (length == 0) return text;
  const std::string argument = without_mailboxes(sanitize(head));
  if (verb == core::VERB_MAIL || verb == core::VERB_RCPT) return text + ":<...@" + argument + ">";
  return text + " " + argument;
}

}  // namespace mxray
