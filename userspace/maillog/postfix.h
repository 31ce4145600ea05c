// SPDX-License-Identifier: Apache-2.0
// Which deliveries failed by a log of postfix?
//
// smtp(8) and lmtp(8) tell of outgoing mail, smtpd(8) and postscreen(8) of what
// they rejected; qmgr(8) tells the sender of a queue id that their lines lack.
#pragma once

#include <string>

#include "base/bounded_map.h"
#include "maillog/format_reader.h"

namespace mxray::maillog {

class PostfixReader : public FormatReader {
 public:
  using FormatReader::FormatReader;
  bool read(const LogLine& line) override;

 private:
  bool read_client(const LogLine& line, std::string_view id, std::string_view text);
  bool read_server(const LogLine& line, std::string_view id, std::string_view text);

  BoundedMap<std::string, std::string> sender_domains_{kMostIds};  // by queue id
};

}  // namespace mxray::maillog
