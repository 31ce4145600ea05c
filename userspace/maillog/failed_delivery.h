// SPDX-License-Identifier: Apache-2.0
// What does a mail log tell of one delivery that failed?
//
// The passive data that the readers of this folder produce, whatever the mail
// server. All text in it has passed the sanitizer and holds no mailbox name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace mxray::maillog {

enum class LogFormat : std::uint8_t { kPostfix, kExim, kSendmail, kQmail, kExchange, kMdaemon };
inline constexpr std::size_t kLogFormatCount = 6;

/// `postfix`, `exim`, `sendmail`, `qmail`, `exchange`, `mdaemon`.
std::string_view name_of(LogFormat format);
std::optional<LogFormat> log_format_from_name(std::string_view name);

/// Who refused whom: a remote server our mail, or our server a remote client's.
enum class Direction : std::uint8_t { kOutgoing, kIncoming };
std::string_view name_of(Direction direction);

/// How the delivery failed, as the log has it.
enum class Failure : std::uint8_t {
  kRefused,         // by a reply, which the log may tell in part only
  kConnectionLost,  // there was a connection, and it broke or fell silent
  kNoConnection,    // none came about
  kOther,           // before there was anybody to connect to
};
/// `refused`, `connection_lost`, `no_connection`, `other`.
std::string_view name_of(Failure failure);

/// An SMTP reply as far as a log tells it (RFC 5321, 4.2; RFC 3463).
struct Reply {
  std::optional<int> code;
  std::optional<std::string> enhanced;  // `5.1.1`
  std::string text;                     // all its lines, without the first line's codes
};

struct FailedDelivery {
  LogFormat format = LogFormat::kPostfix;
  std::string file;
  std::uint64_t line = 0;     // of `file`, from 1
  std::string id;             // of the queue, the delivery or the session
  std::uint64_t time_ns = 0;  // wall clock, UTC
  std::uint64_t unit_ns = 0;  // what the stamp leaves open: 1 s of a stamp in whole seconds
  Direction direction = Direction::kOutgoing;
  Failure failure = Failure::kRefused;
  bool permanent = false;
  std::optional<std::string> remote_name;
  std::optional<core::address> remote;  // the server, or of incoming mail the client
  std::optional<std::uint16_t> remote_port;
  std::optional<Endpoint> own;
  std::optional<std::string> helo;
  std::optional<std::string> sender_domain;  // lower case
  std::optional<std::string> recipient_domain;
  Reply reply;  // of kRefused; else its text is what the log says instead
};

}  // namespace mxray::maillog
