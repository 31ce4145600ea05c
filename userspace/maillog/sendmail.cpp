// SPDX-License-Identifier: Apache-2.0
#include "maillog/sendmail.h"

#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

/// The value of `key=`, which ends before the next `, name=`.
std::optional<std::string_view> field(std::string_view text, std::string_view key) {
  const auto value = after(text, key);
  if (!value) return std::nullopt;
  for (std::size_t comma = value->find(", "); comma != std::string_view::npos;
       comma = value->find(", ", comma + 2)) {
    const std::string_view next = value->substr(comma + 2);
    const std::size_t name = next.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
    if (name != std::string_view::npos && name > 0 && next[name] == '=') {
      return value->substr(0, comma);
    }
  }
  return value;
}

/// sendmail's own words for what a server refused with its enhanced code alone;
/// else how the connection failed.
Failure judge(std::string_view stat, std::string_view dsn, bool has_address) {
  const bool about_routing = dsn.size() > 2 && dsn[2] == '4';  // RFC 3463, 3.5
  const Failure by_words = failure_of(stat);
  if (by_words != Failure::kOther) return by_words;
  return has_address && !about_routing ? Failure::kRefused : Failure::kOther;
}

}  // namespace

bool SendmailReader::read(const LogLine& line) {
  const std::size_t colon = line.message.find(": ");
  if (colon == std::string_view::npos || colon > 32) return true;
  const std::string_view id = line.message.substr(0, colon);
  const std::string_view text = line.message.substr(colon + 2);
  if (text.starts_with("from=")) {
    if (auto domain = domain_after(text, "from="))
      sender_domains_.touch(std::string(id)) = *std::move(domain);
    return true;
  }
  if (text.starts_with("to=")) return read_delivery(line, id, text);
  if (text.find(", reject=") != std::string_view::npos) return read_reject(line, id, text);
  return true;
}

bool SendmailReader::read_delivery(const LogLine& line, std::string_view id,
                                   std::string_view text) {
  const auto stat = after(text, ", stat=");
  if (!stat || stat->starts_with("Sent") || stat->starts_with("queued")) return true;
  const std::string_view mailer = field(text, ", mailer=").value_or(std::string_view());
  if (mailer == "local" || mailer == "prog" || mailer == "*file*") return true;  // no network
  auto delivery = begin(LogFormat::kSendmail, line);
  if (!delivery) return false;
  delivery->id = plain_text(id);
  delivery->recipient_domain = domain_after(text, "to=");
  delivery->sender_domain = domain_after(text, ", ctladdr=");
  if (const std::string* domain = sender_domains_.find(std::string(id)))
    delivery->sender_domain = *domain;
  if (const auto relay = field(text, ", relay=")) set_remote(*delivery, *relay);
  const std::string_view dsn = field(text, ", dsn=").value_or(std::string_view());
  delivery->permanent = dsn.empty() ? !stat->starts_with("Deferred") : dsn.starts_with('5');

  auto reply = refusal_at(field(text, ", reply=").value_or(std::string_view()));
  if (!reply) reply = refusal_at(*stat);
  if (!reply && stat->starts_with("Deferred: ")) reply = refusal_at(stat->substr(10));
  if (reply) {
    delivery->reply = *reply;
  } else {
    delivery->failure = judge(*stat, dsn, delivery->remote.has_value());
    if (delivery->failure != Failure::kRefused) delivery->reply.text = plain_text(*stat);
  }
  if (!dsn.empty() && !delivery->reply.enhanced) delivery->reply.enhanced = plain_text(dsn);
  emit(*std::move(delivery));
  return true;
}

bool SendmailReader::read_reject(const LogLine& line, std::string_view id, std::string_view text) {
  const auto reply = refusal_at(after(text, ", reject=").value_or(std::string_view()));
  if (!reply) return true;  // `reject=` of a milter without a reply
  auto delivery = begin(LogFormat::kSendmail, line);
  if (!delivery) return false;
  delivery->id = plain_text(id);
  delivery->direction = Direction::kIncoming;
  delivery->reply = *reply;
  delivery->permanent = *reply->code >= 500;
  if (const auto relay = field(text, "relay=")) set_remote(*delivery, *relay);
  const std::string_view rule = field(text, "ruleset=").value_or(std::string_view());
  if (rule == "check_rcpt") delivery->recipient_domain = domain_after(text, "arg1=");
  if (rule == "check_mail") delivery->sender_domain = domain_after(text, "arg1=");
  emit(*std::move(delivery));
  return true;
}

}  // namespace mxray::maillog
