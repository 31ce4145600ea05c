// SPDX-License-Identifier: Apache-2.0
#include "maillog/exim.h"

#include <algorithm>
#include <cctype>

#include "base/number.h"
#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

constexpr std::size_t kMaxPieces = 64U << 10U;

/// `1OBLLi-0001cY-Ip`, since 4.97 `1rjHwM-00000005vAm-2SQc`.
bool is_message_id(std::string_view word) {
  if (word.size() != 16 && word.size() != 23) return false;
  if (word[6] != '-' || word[word.size() == 16 ? 13 : 18] != '-') return false;
  return std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

// exim writes the line ends of a reply as `\n`.
constexpr std::string_view kLineEnd = "\\n";

/// The reply in `... after RCPT TO:<...>: host name [address]: 550 ...`.
std::optional<Reply> refusal_in(std::string_view text) {
  for (std::size_t at = text.find(": "); at != std::string_view::npos;
       at = text.find(": ", at + 2)) {
    const std::string_view rest = text.substr(at + 2);
    if (refusal_at(rest)) return refusal_at(joined_lines(rest, kLineEnd));
  }
  return std::nullopt;
}

/// `H=name (helo) [address]:port`.
void read_host(FailedDelivery& delivery, std::string_view host) {
  const auto found = bracketed_address(host);
  if (!found) return;
  delivery.remote = found->address;
  delivery.remote_port = found->port;
  const std::string_view names = host.substr(0, found->begin);
  delivery.remote_name = host_name(up_to(names, "( "));
  if (const auto helo = after(names, "(")) delivery.helo = host_name(up_to(*helo, ")"));
}

/// `[2\3] `: which piece of how many. Taken from the front.
struct Piece {
  int number = 0;
  int count = 0;
};
std::optional<Piece> take_piece(std::string_view& text) {
  if (!text.starts_with('[')) return std::nullopt;
  const std::size_t divider = text.find_first_of("/\\");
  const std::size_t close = text.find("] ");
  if (close == std::string_view::npos || divider > close) return std::nullopt;
  const auto number = parse_number<int>(text.substr(1, divider - 1));
  const auto count = parse_number<int>(text.substr(divider + 1, close - divider - 1));
  if (!number || !count) return std::nullopt;
  text.remove_prefix(close + 2);
  return Piece{*number, *count};
}

}  // namespace

bool EximReader::read(const LogLine& line) {
  std::string_view text = line.message;
  const auto piece = take_piece(text);
  if (!piece) return read_whole(line);
  std::string& whole = pieces_.touch(std::string(line.process));
  if (piece->number == 1) whole.clear();
  if (whole.size() + text.size() < kMaxPieces) whole += text;
  if (piece->number < piece->count) return true;
  LogLine joined = line;
  const std::string kept = std::move(whole);
  pieces_.erase(std::string(line.process));
  joined.message = kept;
  return read_whole(joined);
}

bool EximReader::read_whole(LogLine line) {
  // exim may stamp its lines itself before syslog does.
  if (const auto stamp = take_iso(line.message)) line.stamp = *stamp;
  std::string_view text = trimmed(line.message);
  if (text.starts_with('[') && bracketed_address(up_to(text, " ")) == std::nullopt) {
    text = trimmed(text.substr(std::min(text.find(']') + 1, text.size())));  // +pid
  }
  std::string_view id = up_to(text, " ");
  if (is_message_id(id)) {
    text = trimmed(text.substr(id.size()));
  } else {
    id = {};
  }
  if (text.starts_with("** ")) return read_delivery(line, id, text.substr(3), true);
  if (text.starts_with("== ")) return read_delivery(line, id, text.substr(3), false);
  if (text.starts_with("<= ")) {
    if (auto domain = domain_of(up_to(text.substr(3), " ")))
      sender_domains_.touch(std::string(id)) = *std::move(domain);
    return true;
  }
  if (text == "Completed") {
    sender_domains_.erase(std::string(id));
    return true;
  }
  if (!text.starts_with("H=")) return true;
  if (text.find(" rejected ") != std::string_view::npos) return read_reject(line, id, text);
  if (id.empty() || text.find(": SMTP error from remote mail") == std::string_view::npos)
    return true;
  return read_delivery(line, id, text, false);
}

bool EximReader::read_delivery(const LogLine& line, std::string_view id, std::string_view text,
                               bool permanent) {
  if (mentions(text, "retry time not reached")) return true;  // nothing was tried
  auto delivery = begin(LogFormat::kExim, line);
  if (!delivery) return false;
  delivery->id = plain_text(id);
  delivery->permanent = permanent;
  if (const std::string* domain = sender_domains_.find(std::string(id)))
    delivery->sender_domain = *domain;
  if (!text.starts_with("H=")) delivery->recipient_domain = domain_of(up_to(text, " :"));
  if (const auto host = after(text, "H="); host && bracketed_address(*host)) {
    read_host(*delivery, *host);
  } else if (const auto old_style = after(text, ": host ")) {
    read_host(*delivery, *old_style);
  }
  const std::size_t error = std::min(text.find("SMTP error from remote mail"), text.size());
  if (const auto reply = refusal_in(text.substr(error))) {
    delivery->reply = *reply;
  } else {
    const std::string_view words = after(text, ": ").value_or(text);
    delivery->failure = failure_of(words);
    delivery->reply.text = plain_text(words);
  }
  emit(*std::move(delivery));
  return true;
}

bool EximReader::read_reject(const LogLine& line, std::string_view id, std::string_view text) {
  auto delivery = begin(LogFormat::kExim, line);
  if (!delivery) return false;
  const std::size_t verb = text.find(" rejected ");
  const std::string_view head = text.substr(0, verb);
  delivery->id = plain_text(id);
  delivery->direction = Direction::kIncoming;
  delivery->permanent = !head.ends_with(" temporarily");
  read_host(*delivery, head.substr(2));
  if (const auto own = after(head, " I=")) {
    if (const auto found = bracketed_address(*own)) {
      delivery->own = Endpoint{found->address, found->port.value_or(0)};
    }
  }
  delivery->sender_domain = domain_after(head, " F=");
  const std::string_view what = text.substr(verb + 10);  // `RCPT <user@domain>: why`
  if (what.starts_with("RCPT ")) {
    delivery->recipient_domain = domain_of(up_to(what.substr(5), ": "));
  }
  const auto why = after(what, ": ");
  if (const auto reply = refusal_at(joined_lines(why.value_or(""), kLineEnd))) {
    delivery->reply = *reply;
  } else {
    delivery->reply.text = plain_text(joined_lines(why.value_or(what), kLineEnd));
  }
  emit(*std::move(delivery));
  return true;
}

}  // namespace mxray::maillog
