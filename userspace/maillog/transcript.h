// SPDX-License-Identifier: Apache-2.0
// Which replies of one logged SMTP session refused mail?
//
// Exchange and MDaemon log what both sides said. Whoever says three digits is the
// server, so the log's own side tells the direction. Commands may be pipelined
// (RFC 2920): replies come in their order.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "maillog/failed_delivery.h"

namespace mxray::maillog {

class Transcript {
 public:
  /// One line that `by_us`, the log's own server, or the other side said. The
  /// delivery that it ended: direction, failure, permanence, domains, HELO and
  /// reply are set.
  std::optional<FailedDelivery> said(bool by_us, std::string_view line);

 private:
  enum class Verb { kGreeting, kHello, kMail, kRecipient, kData, kContent, kOther };
  struct Command {
    Verb verb = Verb::kGreeting;
    std::optional<std::string> domain;
  };
  void command(std::string_view line);
  Command answered(int code);

  std::deque<Command> waiting_{Command{}};  // for their replies; first the greeting
  bool greeted_ = false;
  std::string reply_;  // the lines so far of one with several
  std::optional<std::string> helo_;
  std::optional<std::string> sender_domain_;
  std::optional<std::string> recipient_domain_;  // of the last one accepted
};

}  // namespace mxray::maillog
