// SPDX-License-Identifier: Apache-2.0
#include "maillog/mail_log.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "maillog/exchange.h"
#include "maillog/exim.h"
#include "maillog/mdaemon.h"
#include "maillog/postfix.h"
#include "maillog/qmail.h"
#include "maillog/scan.h"
#include "maillog/sendmail.h"

namespace mxray::maillog {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// By the name in a syslog header; nullopt: some other program.
std::optional<LogFormat> format_of_program(std::string_view program) {
  if (program.starts_with("postfix")) return LogFormat::kPostfix;
  if (program.starts_with("exim")) return LogFormat::kExim;
  if (program.starts_with("sendmail") || program.starts_with("sm-")) return LogFormat::kSendmail;
  if (program.starts_with("qmail")) return LogFormat::kQmail;
  // postfix under another syslog_name: `mx-out/smtp`.
  const std::size_t slash = program.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  for (const std::string_view service : {"smtp", "smtpd", "lmtp", "qmgr", "cleanup"}) {
    if (program.substr(slash + 1) == service) return LogFormat::kPostfix;
  }
  return std::nullopt;
}

/// `<22>` before a line that came over the network (RFC 3164, 4.1.1).
std::string_view without_priority(std::string_view line) {
  if (!line.starts_with('<')) return line;
  const std::size_t close = line.find('>');
  const bool is_priority = close != std::string_view::npos && close >= 2 && close <= 4 &&
                           line.find_first_not_of("0123456789", 1) == close;
  return is_priority ? line.substr(close + 1) : line;
}

/// `Wed ` in MDaemon's stamps.
bool take_weekday(std::string_view& line) {
  static constexpr std::array<std::string_view, 7> kDays = {"Mon ", "Tue ", "Wed ", "Thu ",
                                                            "Fri ", "Sat ", "Sun "};
  const auto day = std::find(kDays.begin(), kDays.end(), line.substr(0, 4));
  if (day != kDays.end()) line.remove_prefix(4);
  return day != kDays.end();
}

}  // namespace

MailLog::MailLog(std::string_view file, const TimeZone& zone, LogClock::Settings settings,
                 std::optional<LogFormat> forced, FormatReader::Emit emit)
    : clock_(zone, settings), forced_(forced) {
  const auto emit_named = [name = sanitize(file), emit = std::move(emit)](FailedDelivery delivery) {
    delivery.file = name;
    emit(std::move(delivery));
  };
  const auto put = [this](LogFormat format, std::unique_ptr<FormatReader> reader) {
    readers_.at(static_cast<std::size_t>(format)) = std::move(reader);
  };
  put(LogFormat::kPostfix, std::make_unique<PostfixReader>(clock_, emit_named));
  put(LogFormat::kExim, std::make_unique<EximReader>(clock_, emit_named));
  put(LogFormat::kSendmail, std::make_unique<SendmailReader>(clock_, emit_named));
  put(LogFormat::kQmail, std::make_unique<QmailReader>(clock_, emit_named));
  put(LogFormat::kExchange, std::make_unique<ExchangeReader>(clock_, emit_named));
  put(LogFormat::kMdaemon, std::make_unique<MdaemonReader>(clock_, emit_named));
}

MailLog::~MailLog() = default;

void MailLog::read_line(std::string_view line) {
  ++counts_.lines;
  if (counts_.lines == 1 && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (!understand(line)) ++counts_.not_understood;
}

void MailLog::finish() {
  for (const auto& reader : readers_) reader->finish();
}

bool MailLog::hand_to(LogFormat format, const LogLine& line) {
  ++counts_.by_format.at(static_cast<std::size_t>(format));
  FormatReader* reader = readers_.at(static_cast<std::size_t>(format)).get();
  // Only the next line can be the rest of one without an end.
  if (last_ != nullptr && last_ != reader) last_->finish();
  last_ = reader;
  clock_.pass(line.stamp);
  return reader->read(line);
}

bool MailLog::understand(std::string_view line) {
  LogLine own;
  own.number = counts_.lines;
  std::string_view rest = without_priority(line);
  if (rest.starts_with("#") && may_be(LogFormat::kExchange)) {
    own.message = rest;
    return hand_to(LogFormat::kExchange, own);
  }
  std::optional<Stamp> stamp;
  if ((stamp = take_tai64(rest)) || (stamp = take_epoch(rest))) {
    if (!may_be(LogFormat::kQmail)) return false;
    own.stamp = *stamp;
    own.message = rest;
    return hand_to(LogFormat::kQmail, own);
  }
  if ((stamp = take_rfc3164(rest))) {
    own.stamp = *stamp;
    return understand_syslog(own, rest);
  }
  const bool has_weekday = take_weekday(rest);
  if ((stamp = take_iso(rest))) {
    own.stamp = *stamp;
    own.message = rest;
    if (rest.starts_with(',')) {
      own.message = line;
      return may_be(LogFormat::kExchange) && hand_to(LogFormat::kExchange, own);
    }
    if (has_weekday || rest.starts_with(':')) {
      return may_be(LogFormat::kMdaemon) && hand_to(LogFormat::kMdaemon, own);
    }
    const bool has_t = line.size() > 10 && line.find('T') <= line.find(':');
    if (has_t) return understand_syslog(own, rest);
    return may_be(LogFormat::kExim) && hand_to(LogFormat::kExim, own);
  }
  if (trimmed(rest).empty() || rest.find_first_not_of("- ") == std::string_view::npos) return true;
  return last_ != nullptr && last_->read_rest(line);
}

/// `rest` is ` host program[pid]: message`.
bool MailLog::understand_syslog(LogLine line, std::string_view rest) {
  rest = trimmed(rest);
  const std::size_t host_end = rest.find(' ');
  if (host_end == std::string_view::npos) return false;
  rest = trimmed(rest.substr(host_end));
  const std::string_view tag = up_to(rest, " :");
  line.program = up_to(tag, "[");
  line.process = up_to(after(tag, "[").value_or(std::string_view()), "]");
  rest.remove_prefix(tag.size());
  if (rest.starts_with(':')) rest.remove_prefix(1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  line.message = rest;
  if (line.program.empty()) return false;
  const auto format = forced_ ? forced_ : format_of_program(line.program);
  if (!format || *format == LogFormat::kExchange || *format == LogFormat::kMdaemon) {
    ++counts_.of_others;
    return !forced_;
  }
  return hand_to(*format, line);
}

}  // namespace mxray::maillog
