// SPDX-License-Identifier: Apache-2.0
// Which deliveries failed by a log of sendmail?
//
// `to=` lines end in `stat=`; what the remote server said is in `reply=` (since
// 8.16) or in a deferral's stat, else the log has only sendmail's own words and
// the enhanced code. `reject=` is what sendmail refused itself.
#pragma once

#include <string>

#include "base/bounded_map.h"
#include "maillog/format_reader.h"

namespace mxray::maillog {

class SendmailReader : public FormatReader {
 public:
  using FormatReader::FormatReader;
  bool read(const LogLine& line) override;

 private:
  bool read_delivery(const LogLine& line, std::string_view id, std::string_view text);
  bool read_reject(const LogLine& line, std::string_view id, std::string_view text);

  BoundedMap<std::string, std::string> sender_domains_{kMostIds};  // by queue id
};

}  // namespace mxray::maillog
