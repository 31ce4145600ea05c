// SPDX-License-Identifier: Apache-2.0
// Which deliveries failed by an SMTP protocol log of Exchange?
//
// CSV with the columns that a `#Fields:` line names; without one those of Exchange
// 2007 and later. Data may be quoted and then hold commas and line ends. Receive
// connectors log incoming mail, send connectors outgoing: who says three digits
// is the server (transcript.h).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/bounded_map.h"
#include "maillog/format_reader.h"
#include "maillog/transcript.h"

namespace mxray::maillog {

class ExchangeReader : public FormatReader {
 public:
  using FormatReader::FormatReader;
  /// `line.message` is the whole line, with its stamp.
  bool read(const LogLine& line) override;
  /// The rest of a record whose quotes are still open.
  bool read_rest(std::string_view text) override;

 private:
  enum Column : std::size_t { kSession, kLocal, kRemote, kEvent, kData, kColumnCount };
  void read_fields(std::string_view names);
  bool read_record();

  std::array<std::size_t, kColumnCount> column_ = {2, 4, 5, 6, 7};
  BoundedMap<std::string, Transcript> sessions_{kMostIds};  // by session id
  std::string open_;                                        // a record whose quotes are open
  LogLine line_;  // where it began; its views are not used
};

}  // namespace mxray::maillog
