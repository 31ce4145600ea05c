// SPDX-License-Identifier: Apache-2.0
// Which deliveries failed by an SMTP-(in) or SMTP-(out) log of MDaemon?
//
// Blocks of lines, one a session: its number, the addresses, and what both sides
// said, `-->` by MDaemon and `<--` by the other. Newer versions put a colour and
// the session's number in brackets before each line.
#pragma once

#include <optional>
#include <string>

#include "base/bounded_map.h"
#include "maillog/format_reader.h"
#include "maillog/transcript.h"

namespace mxray::maillog {

class MdaemonReader : public FormatReader {
 public:
  using FormatReader::FormatReader;
  bool read(const LogLine& line) override;

 private:
  struct Session {
    Transcript transcript;
    std::string id;
    std::optional<Endpoint> own;
    std::optional<Endpoint> remote;
    std::optional<std::string> remote_name;
    std::optional<std::string> sender_domain;  // of the message, before the session
    std::optional<std::string> recipient_domain;
  };
  void read_fact(Session& session, std::string_view text) const;
  bool read_failure(const LogLine& line, const Session& session, std::string_view text);
  void describe(FailedDelivery& delivery, const Session& session) const;

  Session current_;  // of lines without a session's number
  BoundedMap<std::string, Session> by_number_{kMostIds};
};

}  // namespace mxray::maillog
