// SPDX-License-Identifier: Apache-2.0
// Which deliveries failed by a log of qmail-send?
//
// `delivery 118310: failure: 203.0.113.7_does_not_like_recipient./Remote_host_said:
// _550_.../Giving_up_on_203.0.113.7./`: spaces became `_`, line ends `/`. The
// recipient is in `starting delivery`, the sender in `info msg`. splogger(8) puts
// an epoch stamp in front and goes on with `+` where it had to break a line;
// other tools wrap such lines without a mark.
#pragma once

#include <optional>
#include <string>

#include "base/bounded_map.h"
#include "maillog/format_reader.h"

namespace mxray::maillog {

class QmailReader : public FormatReader {
 public:
  using FormatReader::FormatReader;
  bool read(const LogLine& line) override;
  bool read_rest(std::string_view text) override;
  void finish() override;

 private:
  struct Started {
    std::string message;  // its number
    std::optional<std::string> recipient_domain;
    bool local = false;
  };
  bool read_result(const LogLine& line, std::string_view text);
  void start(std::string_view text);

  BoundedMap<std::string, Started> started_{kMostIds};             // by delivery
  BoundedMap<std::string, std::string> sender_domains_{kMostIds};  // by message
  std::optional<FailedDelivery> pending_;                          // its report may go on
  std::string report_;
};

}  // namespace mxray::maillog
