// SPDX-License-Identifier: Apache-2.0
#include "maillog/qmail.h"

#include <algorithm>
#include <utility>

#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

constexpr std::size_t kMaxReport = 8192;

std::optional<core::address> address_at(std::string_view text) {
  text = up_to(text, " /");
  while (text.ends_with('.')) text.remove_suffix(1);
  return parse_address(text);
}

void read_report(FailedDelivery& delivery, std::string report) {
  std::replace(report.begin(), report.end(), '_', ' ');
  const std::string_view text = trimmed(report);
  delivery.remote = address_at(text);
  for (const std::string_view key : {"Connected to ", "Giving up on "}) {
    const auto host = after(text, key);
    if (host && !delivery.remote) delivery.remote = address_at(*host);
  }
  if (auto said = after(text, "Remote host said: ")) {
    said = said->substr(0, said->rfind("Giving up on "));
    while (said->ends_with('/')) said->remove_suffix(1);
    if (const auto reply = refusal_at(joined_lines(*said, "/"))) {
      delivery.reply = *reply;
      return;
    }
  }
  delivery.failure = failure_of(text);
  delivery.reply.text = plain_text(text);
}

}  // namespace

bool QmailReader::read(const LogLine& line) {
  LogLine own = line;
  if (const auto stamp = take_epoch(own.message)) own.stamp = *stamp;
  if (own.message.starts_with('+')) return read_rest(own.message.substr(1));
  finish();
  const std::string_view text = trimmed(own.message);
  if (text.starts_with("delivery ")) return read_result(own, text.substr(9));
  if (text.starts_with("starting delivery ")) {
    start(text.substr(18));
  } else if (text.starts_with("info msg ")) {
    const std::string_view rest = text.substr(9);
    if (auto domain = domain_after(rest, " from ")) {
      sender_domains_.touch(std::string(up_to(rest, ":"))) = *std::move(domain);
    }
  } else if (text.starts_with("end msg ")) {
    sender_domains_.erase(std::string(text.substr(8)));
  }
  return true;
}

void QmailReader::start(std::string_view text) {
  // `118310: msg 4711 to remote user@example.com`
  const auto message = after(text, ": msg ");
  if (!message) return;
  Started& started = started_.touch(std::string(up_to(text, ":")));
  started.message = up_to(*message, " ");
  started.local = message->find(" to local ") != std::string_view::npos;
  const auto recipient = after(*message, " to remote ");
  started.recipient_domain = recipient ? domain_of(*recipient) : std::nullopt;
}

bool QmailReader::read_result(const LogLine& line, std::string_view text) {
  const std::string_view number = up_to(text, ":");
  const auto result = after(text, ": ");
  if (!result) return false;
  const Started* known = started_.find(std::string(number));
  const Started started = known != nullptr ? *known : Started{};
  started_.erase(std::string(number));
  const bool failed = result->starts_with("failure:");
  if (started.local || (!failed && !result->starts_with("deferral:"))) return true;
  auto delivery = begin(LogFormat::kQmail, line);
  if (!delivery) return false;
  delivery->id = plain_text(number);
  delivery->permanent = failed;
  delivery->recipient_domain = started.recipient_domain;
  if (const std::string* domain = sender_domains_.find(std::string(started.message))) {
    delivery->sender_domain = *domain;
  }
  pending_ = std::move(delivery);
  report_ = *after(*result, ":");
  if (report_.ends_with('/')) finish();
  return true;
}

bool QmailReader::read_rest(std::string_view text) {
  if (!pending_) return false;
  if (report_.size() + text.size() < kMaxReport) report_ += text;
  if (report_.ends_with('/')) finish();
  return true;
}

void QmailReader::finish() {
  if (!pending_) return;
  read_report(*pending_, std::exchange(report_, {}));
  emit(*std::exchange(pending_, std::nullopt));
}

}  // namespace mxray::maillog
