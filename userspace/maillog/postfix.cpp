// SPDX-License-Identifier: Apache-2.0
#include "maillog/postfix.h"

#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

/// `host NAME[ADDRESS] said: 550 ... (in reply to RCPT TO command)` and its kin.
void read_reason(FailedDelivery& delivery, std::string_view reason) {
  for (const std::string_view start : {"host ", "connect to ", "connection with ",
                                       "conversation with ", "lost connection with "}) {
    if (const auto host = after(reason, start); host && bracketed_address(*host)) {
      set_remote(delivery, *host);
      break;
    }
  }
  for (const std::string_view key : {" said: ", " refused to talk to me: "}) {
    const auto said = after(reason, key);
    if (!said) continue;
    const std::size_t end = said->rfind(" (in reply to ");
    if (const auto reply = refusal_at(said->substr(0, end))) {
      delivery.reply = *reply;
      return;
    }
  }
  delivery.failure = failure_of(reason);
  delivery.reply.text = plain_text(reason);
}

}  // namespace

bool PostfixReader::read(const LogLine& line) {
  const std::size_t slash = line.program.rfind('/');
  const std::string_view service =
      slash == std::string_view::npos ? line.program : line.program.substr(slash + 1);
  const std::size_t colon = line.message.find(": ");
  if (colon == std::string_view::npos || colon > 32) return true;
  const std::string_view id = line.message.substr(0, colon);
  const std::string_view text = line.message.substr(colon + 2);
  if (service == "smtp" || service == "lmtp") return read_client(line, id, text);
  if (service == "smtpd" || service == "postscreen" || service == "cleanup") {
    return read_server(line, id, text);
  }
  if (service == "qmgr") {
    if (text == "removed") {
      sender_domains_.erase(std::string(id));
    } else if (auto domain = domain_after(text.substr(0, 320), "from=")) {
      sender_domains_.touch(std::string(id)) = *std::move(domain);
    }
  }
  return true;
}

bool PostfixReader::read_client(const LogLine& line, std::string_view id, std::string_view text) {
  // Of a host that is not the last to be tried there is only a line of its own.
  const bool next_host_follows = text.starts_with("host ");
  const auto status = after(text, " status=");
  if (!next_host_follows && (!text.starts_with("to=") || !status)) return true;
  if (status && !status->starts_with("bounced") && !status->starts_with("deferred")) return true;
  auto delivery = begin(LogFormat::kPostfix, line);
  if (!delivery) return false;
  delivery->id = plain_text(id);
  if (const std::string* domain = sender_domains_.find(std::string(id)))
    delivery->sender_domain = *domain;
  if (next_host_follows) {
    read_reason(*delivery, text);
    delivery->permanent = delivery->reply.code.value_or(400) >= 500;
  } else {
    delivery->recipient_domain = domain_after(text, "to=");
    delivery->permanent = status->starts_with("bounced");
    if (const auto relay = after(text, " relay="); relay && !relay->starts_with("none")) {
      set_remote(*delivery, up_to(*relay, " ,"));
    }
    std::string_view reason = after(*status, " (").value_or(std::string_view());
    if (reason.ends_with(')')) reason.remove_suffix(1);
    read_reason(*delivery, reason);
    const auto dsn = after(text.substr(0, text.size() - status->size()), " dsn=");
    if (!delivery->reply.enhanced && dsn && delivery->failure == Failure::kRefused) {
      delivery->reply.enhanced = plain_text(up_to(*dsn, " ,"));
    }
  }
  emit(*std::move(delivery));
  return true;
}

bool PostfixReader::read_server(const LogLine& line, std::string_view id, std::string_view text) {
  // `reject: RCPT from name[address]: 550 ...; from=<> to=<> proto=ESMTP helo=<>`
  const auto what = after(text.substr(0, 64), "reject: ");
  if (!what) return true;
  const auto whole = after(text, " from ");
  const auto host = whole ? bracketed_address(*whole) : std::nullopt;
  if (!host) return false;
  auto delivery = begin(LogFormat::kPostfix, line);
  if (!delivery) return false;
  delivery->direction = Direction::kIncoming;
  if (id != "NOQUEUE") delivery->id = plain_text(id);
  set_remote(*delivery, *whole);
  std::string_view rest = whole->substr(host->end);
  if (rest.starts_with(": ")) rest.remove_prefix(2);
  const std::size_t end = rest.rfind("; from=");
  const auto reply = refusal_at(rest.substr(0, end));
  if (!reply) return false;
  delivery->reply = *reply;
  delivery->permanent = *reply->code >= 500;
  if (end != std::string_view::npos) {
    const std::string_view fields = rest.substr(end);
    delivery->sender_domain = domain_after(fields, "from=");
    delivery->recipient_domain = domain_after(fields, " to=");
    if (const auto helo = after(fields, " helo=<")) delivery->helo = host_name(up_to(*helo, ">"));
  }
  emit(*std::move(delivery));
  return true;
}

}  // namespace mxray::maillog
