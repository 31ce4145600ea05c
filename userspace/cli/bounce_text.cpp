// SPDX-License-Identifier: Apache-2.0
#include "cli/bounce_text.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/time.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

using maillog::Direction;
using maillog::FailedDelivery;
using maillog::Failure;
using maillog::Match;
using maillog::NotSeen;
using maillog::Verdict;

Colour colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kForged: return Colour::kRed;
    case Verdict::kGenuine: return Colour::kGreen;
    case Verdict::kNotSeen: break;
  }
  return Colour::kYellow;
}

/// `90 s`, `8 h 1 min`: how far two clocks are apart.
std::string apart(std::int64_t ns) {
  const std::int64_t seconds = std::abs(ns) / 1'000'000'000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 7200) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  if (seconds < 172'800) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} days {} h", seconds / 86'400, seconds / 3600 % 24);
}

std::string domain(const std::optional<std::string>& name) { return name ? *name : "?"; }

std::string remote(const FailedDelivery& delivery) {
  std::string text = delivery.remote_name.value_or("");
  if (delivery.remote) {
    const std::string address = delivery.remote_port
                                    ? to_string(Endpoint{*delivery.remote, *delivery.remote_port})
                                    : to_string(*delivery.remote);
    text = text.empty() ? address : fmt::format("{} [{}]", text, address);
  }
  return text.empty() ? "an unnamed host" : text;
}

std::string head(const FailedDelivery& delivery, const Match& match, const Output& output) {
  const std::string verdict =
      match.verdict == Verdict::kNotSeen ? "not seen" : std::string(name_of(match.verdict));
  return fmt::format("{}  {}  {} -> {}  {} {}\n",
                     paint(verdict, colour_of(match.verdict), output.colour),
                     timestamp(delivery.time_ns, output.zone), domain(delivery.sender_domain),
                     domain(delivery.recipient_domain),
                     delivery.direction == Direction::kOutgoing ? "at" : "from", remote(delivery));
}

std::string log_line(const FailedDelivery& delivery) {
  std::string said;
  if (delivery.reply.code) said += fmt::format("{} ", *delivery.reply.code);
  if (delivery.reply.enhanced) said += *delivery.reply.enhanced + " ";
  said += delivery.reply.text;
  if (said.empty()) said = delivery.failure == Failure::kRefused ? "refused" : "failed";
  return fmt::format("Log: {}:{} ({}{}{}), {}: {}", delivery.file, delivery.line,
                     name_of(delivery.format), delivery.id.empty() ? "" : " ", delivery.id,
                     delivery.permanent ? "bounced" : "deferred", said);
}

std::string reason_text(const Match& match, const FailedDelivery& delivery) {
  switch (match.reason.value_or(NotSeen::kNoSession)) {
    case NotSeen::kNoAddress:
      return "The log does not say the address of the other side, so no session can be found.";
    case NotSeen::kNotWatched: return "Nothing was recorded at that time.";
    case NotSeen::kNoSession: return "No session with that host was recorded at that time.";
    case NotSeen::kNoReply:
      return "There is a session, and by the log it did not end in a reply; no forgery was seen "
             "in it.";
    case NotSeen::kOtherReply:
      return fmt::format("There is a session, but this reply was not seen in it{}.",
                         delivery.failure == Failure::kRefused ? " in clear text" : "");
    case NotSeen::kEncrypted:
      return "There is a session, but it was encrypted: what the server said cannot be read.";
  }
  return {};
}

std::string session_line(const FailedDelivery& delivery, const Match& match, Zone zone) {
  const FlowView& session = *match.session;
  std::string text =
      fmt::format("Session: {} -> {}", to_string(session.client), to_string(session.server));
  if (session.inside_client) text += fmt::format(" (inside {})", to_string(*session.inside_client));
  text += fmt::format(", opened {}", timestamp(session.opened_ns, zone));
  if (match.reply_ns != 0) {
    const auto later =
        static_cast<std::int64_t>(delivery.time_ns) - static_cast<std::int64_t>(match.reply_ns);
    text += fmt::format(", this reply {} {} the log's time", apart(later),
                        later < 0 ? "after" : "before");
  }
  if (match.others > 0) {
    text += fmt::format("; {} other{} fit{} as well", match.others, match.others == 1 ? "" : "s",
                        match.others == 1 ? "s" : "");
    if (match.others_differ > 0) {
      text += fmt::format(", {} with another verdict", match.others_differ);
    }
  }
  return text;
}

}  // namespace

std::string bounce_block(const FailedDelivery& delivery, const Match& match, const Output& output) {
  const auto width = static_cast<std::size_t>(output.width);
  std::string block = head(delivery, match, output);
  block += wrap(printable(log_line(delivery)), width, 2);
  if (match.session != nullptr) block += wrap(session_line(delivery, match, output.zone), width, 2);
  if (match.reason) block += wrap(reason_text(match, delivery), width, 2);
  if (match.elsewhere_ns) {
    block +=
        wrap(fmt::format("This very reply was seen from that host {} {}: if the log's zone or "
                         "clock is wrong, --timezone or --shift sets it right.",
                         apart(*match.elsewhere_ns), *match.elsewhere_ns < 0 ? "earlier" : "later"),
             width, 2);
  }
  if (match.incident != nullptr) {
    block +=
        wrap(fmt::format("Incident {}: {}", printable(match.incident->id), match.incident->summary),
             width, 2);
  }
  return block;
}

void BounceCounts::add(const maillog::LogCounts& counts) {
  lines += counts.lines;
  not_understood += counts.not_understood;
}

std::string bounce_summary(const BounceCounts& counts) {
  std::string text =
      fmt::format("{} failed deliver{}: {} forged, {} genuine, {} not seen. Read {} line{}",
                  counts.failed(), counts.failed() == 1 ? "y" : "ies", counts.forged,
                  counts.genuine, counts.not_seen, counts.lines, counts.lines == 1 ? "" : "s");
  if (counts.not_understood == 0) return text + ".";
  return text + fmt::format("; {} of them not understood, skipped.", counts.not_understood);
}

}  // namespace mxray::cli
