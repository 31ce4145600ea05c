// SPDX-License-Identifier: Apache-2.0
#include "maillog/mdaemon.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

/// The session's number in `[1234567] `, taken from the front; empty if there is none.
std::string_view take_number(std::string_view& text) {
  // `05: ` is the colour of the line on the screen.
  if (text.size() > 4 && text[2] == ':' && parse_number<int>(text.substr(0, 2))) {
    text = trimmed(text.substr(3));
  }
  if (!text.starts_with('[')) return {};
  const std::string_view number = up_to(text.substr(1), "]");
  const std::string_view digits = up_to(number, ":");
  if (!parse_number<std::uint64_t>(digits)) return {};
  text = trimmed(text.substr(std::min(number.size() + 2, text.size())));
  return digits;
}

/// What one side said behind its arrow; logs in UTF-8 may have it as one character.
std::optional<std::string_view> said(std::string_view text, std::string_view arrow,
                                     std::string_view character) {
  for (const std::string_view mark : {arrow, character}) {
    if (text.starts_with(mark)) return trimmed(text.substr(mark.size()));
  }
  return std::nullopt;
}

}  // namespace

bool MdaemonReader::read(const LogLine& line) {
  std::string_view text = trimmed(line.message);
  if (text.starts_with(':')) text = trimmed(text.substr(1));
  const std::string_view number = take_number(text);
  Session& session = number.empty() ? current_ : by_number_.touch(std::string(number));
  if (text.starts_with("Session ") || text.starts_with("---")) {
    session = Session{};
    if (text.starts_with("Session ")) session.id = plain_text(up_to(text.substr(8), "; "));
    return true;
  }
  const auto ours = said(text, "-->", "\xe2\x86\x92");
  const auto theirs = said(text, "<--", "\xe2\x86\x90");
  if (!ours && !theirs) {
    read_fact(session, text);
    return read_failure(line, session, text);
  }
  auto refused = session.transcript.said(ours.has_value(), ours ? *ours : *theirs);
  if (!refused) return true;
  auto delivery = begin(LogFormat::kMdaemon, line);
  if (!delivery) return false;
  refused->format = delivery->format;
  refused->line = delivery->line;
  refused->time_ns = delivery->time_ns;
  refused->unit_ns = delivery->unit_ns;
  describe(*refused, session);
  emit(*std::move(refused));
  return true;
}

/// The addresses and domains of a block, in whichever language its words are.
void MdaemonReader::read_fact(Session& session, std::string_view text) const {
  if (const auto pair = after(text, " ("); pair && pair->find(" -> ") != std::string_view::npos) {
    // `Connection established (192.168.1.2:3456 -> 203.0.113.7:25)`
    const auto own = endpoint_of(up_to(*pair, " "));
    const auto remote = endpoint_of(up_to(*after(*pair, " -> "), ")"));
    if (own && remote) {
      session.own = own;
      session.remote = remote;
    }
    return;
  }
  if (text.starts_with("From: ")) session.sender_domain = domain_of(text.substr(6));
  if (text.starts_with("To: ")) session.recipient_domain = domain_of(text.substr(4));
  if (text.starts_with("MX-record resolution of [") || text.starts_with("*")) return;
  if (const auto found = bracketed_address(text); found && found->port) {
    session.remote = Endpoint{found->address, *found->port};
  }
}

/// A connection that did not come about or broke, which has no reply.
bool MdaemonReader::read_failure(const LogLine& line, const Session& session,
                                 std::string_view text) {
  const bool broken = starts_like(text, "socket error") || starts_like(text, "winsock error") ||
                      starts_like(text, "connection reset by") ||
                      starts_like(text, "*  winsock error") || starts_like(text, "*  socket error");
  if (!broken) return true;
  auto delivery = begin(LogFormat::kMdaemon, line);
  if (!delivery) return false;
  delivery->direction = session.recipient_domain ? Direction::kOutgoing : Direction::kIncoming;
  delivery->sender_domain = session.sender_domain;
  delivery->recipient_domain = session.recipient_domain;
  delivery->failure =
      session.own || mentions(text, "reset") ? Failure::kConnectionLost : Failure::kNoConnection;
  delivery->reply.text = plain_text(text);
  describe(*delivery, session);
  emit(*std::move(delivery));
  return true;
}

void MdaemonReader::describe(FailedDelivery& delivery, const Session& session) const {
  delivery.id = session.id;
  delivery.own = session.own;
  if (session.remote) {
    delivery.remote = session.remote->address;
    delivery.remote_port = session.remote->port;
  }
  if (!delivery.sender_domain) delivery.sender_domain = session.sender_domain;
  if (!delivery.recipient_domain) delivery.recipient_domain = session.recipient_domain;
}

}  // namespace mxray::maillog
