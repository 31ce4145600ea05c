// SPDX-License-Identifier: Apache-2.0
// How does a test make a mail that is refused, and what was made of it?
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/mail_talk.h"
#include "unit/verdict_run.h"

namespace mxray::test {

inline constexpr const char* kNoPtr =
    "550-5.7.25 [198.51.100.7] The IP address sending this message does not have a PTR\n"
    "550 5.7.25 record setup\n";

/// A mail of user a@example.org up to MAIL FROM, and what the server says to RCPT.
inline Talk refused(std::string_view answer, Ends ends = {}) {
  Talk talk(std::move(ends));
  talk.server("220 mx.example.net ESMTP\n")
      .client("EHLO mail.example.org\n")
      .server("250-mx.example.net\n250 PIPELINING\n")
      .client("MAIL FROM:<a@example.org>\n")
      .server("250 2.1.0 Ok\n")
      .client("RCPT TO:<b@example.net>\n")
      .server(answer);
  return talk;
}

inline std::vector<Incident> rejected_of(const ReplayResult& result) {
  std::vector<Incident> found;
  for (const Incident& incident : result.incidents) {
    if (incident.kind == Kind::kRejected) found.push_back(incident);
  }
  return found;
}

using Reasons = std::map<std::pair<Refuser, Reason>, std::uint64_t>;

/// Mails refused, by whom and why; without those that nobody refused.
inline Reasons counted(const ReplayResult& result) {
  Reasons counts;
  for (std::size_t i = 0; i < kRefuserCount; ++i) {
    for (std::size_t k = 0; k < kReasonCount; ++k) {
      const std::uint64_t count = result.totals.refusal_reasons[i][k];
      if (count != 0) counts[{static_cast<Refuser>(i), static_cast<Reason>(k)}] = count;
    }
  }
  return counts;
}

}  // namespace mxray::test
