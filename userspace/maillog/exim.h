// SPDX-License-Identifier: Apache-2.0
// Which deliveries failed by a mainlog or rejectlog of exim?
//
// `**` is a bounce, `==` a deferral, a line that goes on with `H=` after the id a
// host that was given up for the next one, `rejected` what exim refused itself.
// The sender is in the message's `<=` line. In syslog a long line comes in pieces,
// `[1/3]`, `[2\3]`.
#pragma once

#include <string>

#include "base/bounded_map.h"
#include "maillog/format_reader.h"

namespace mxray::maillog {

class EximReader : public FormatReader {
 public:
  using FormatReader::FormatReader;
  bool read(const LogLine& line) override;

 private:
  bool read_whole(LogLine line);
  bool read_delivery(const LogLine& line, std::string_view id, std::string_view text,
                     bool permanent);
  bool read_reject(const LogLine& line, std::string_view id, std::string_view text);

  BoundedMap<std::string, std::string> sender_domains_{kMostIds};  // by message id
  BoundedMap<std::string, std::string> pieces_{kMostIds};          // by process: the line so far
};

}  // namespace mxray::maillog
