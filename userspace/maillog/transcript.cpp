// SPDX-License-Identifier: Apache-2.0
#include "maillog/transcript.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/number.h"
#include "maillog/scan.h"

namespace mxray::maillog {
namespace {

constexpr std::size_t kMaxWaiting = 1000;
constexpr std::size_t kMaxReply = 2048;

bool is_reply(std::string_view line) {
  return line.size() >= 3 && line[0] >= '2' && line[0] <= '5' &&
         std::all_of(line.begin(), line.begin() + 3,
                     [](unsigned char c) { return std::isdigit(c) != 0; }) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

}  // namespace

std::optional<FailedDelivery> Transcript::said(bool by_us, std::string_view line) {
  line = trimmed(line);
  if (!is_reply(line)) {
    command(line);
    return std::nullopt;
  }
  const bool goes_on = line.size() > 3 && line[3] == '-';
  if (reply_.empty()) {
    reply_ = line;
  } else if (reply_.size() + line.size() < kMaxReply) {
    reply_ += ' ';
    reply_ += line.substr(std::min<std::size_t>(4, line.size()));
  }
  if (goes_on) return std::nullopt;
  const std::string whole = std::exchange(reply_, {});
  const int code = parse_number<int>(std::string_view(whole).substr(0, 3)).value_or(0);
  Command answered_command = answered(code);
  const auto reply = refusal_at(whole);
  if (!reply) return std::nullopt;
  const Verb verb = answered_command.verb;
  // An EHLO that is not understood is followed by HELO (RFC 5321, 3.2).
  const bool only_ehlo = verb == Verb::kHello && (code == 500 || code == 502 || code == 504);
  if ((verb == Verb::kOther && code != 421) || only_ehlo) return std::nullopt;
  FailedDelivery delivery;
  delivery.direction = by_us ? Direction::kIncoming : Direction::kOutgoing;
  delivery.permanent = code >= 500;
  delivery.helo = helo_;
  delivery.sender_domain = verb == Verb::kMail ? answered_command.domain : sender_domain_;
  delivery.recipient_domain =
      verb == Verb::kRecipient ? answered_command.domain : recipient_domain_;
  delivery.reply = *reply;
  return delivery;
}

void Transcript::command(std::string_view line) {
  Command command{.verb = Verb::kOther, .domain = std::nullopt};
  if (starts_like(line, "ehlo ") || starts_like(line, "helo ") || starts_like(line, "lhlo ")) {
    command.verb = Verb::kHello;
    helo_ = host_name(line.substr(5));
  } else if (starts_like(line, "mail from:")) {
    command.verb = Verb::kMail;
    command.domain = domain_of(up_to(line.substr(10), ">"));
  } else if (starts_like(line, "rcpt to:")) {
    command.verb = Verb::kRecipient;
    command.domain = domain_of(up_to(line.substr(8), ">"));
  } else if (starts_like(line, "data") || starts_like(line, "bdat ")) {
    command.verb = Verb::kData;
  } else if (!starts_like(line, "auth") && !starts_like(line, "starttls") &&
             !starts_like(line, "rset") && !starts_like(line, "noop") &&
             !starts_like(line, "quit") && !starts_like(line, "vrfy")) {
    return;  // what the client says in AUTH, or the mail itself
  }
  // Logs begin in the middle: whoever gives commands has been greeted.
  if (!greeted_) {
    greeted_ = true;
    waiting_.clear();
  }
  if (waiting_.size() < kMaxWaiting) waiting_.push_back(std::move(command));
}

/// The command that a whole reply of `code` answers.
Transcript::Command Transcript::answered(int code) {
  greeted_ = true;
  if (waiting_.empty()) return {.verb = Verb::kOther, .domain = std::nullopt};
  Command first = std::move(waiting_.front());
  waiting_.pop_front();
  if (code == 354) waiting_.push_front({.verb = Verb::kContent, .domain = std::nullopt});
  if (code / 100 == 2) {
    if (first.verb == Verb::kMail) {
      sender_domain_ = first.domain;
      recipient_domain_.reset();
    }
    if (first.verb == Verb::kRecipient) recipient_domain_ = first.domain;
  }
  return first;
}

}  // namespace mxray::maillog
