// SPDX-License-Identifier: Apache-2.0
// Which mail server wrote this line, and which deliveries failed by all of them?
//
// The beginning of a line tells: its stamp, and in syslog the program. So a file
// may hold several servers' lines. What has no known beginning is the rest of the
// line before, or not understood: counted and skipped.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "maillog/failed_delivery.h"
#include "maillog/format_reader.h"

namespace mxray::maillog {

struct LogCounts {
  std::uint64_t lines = 0;
  std::uint64_t not_understood = 0;
  std::uint64_t of_others = 0;                             // other programs' lines in syslog
  std::array<std::uint64_t, kLogFormatCount> by_format{};  // lines
};

/// One file, line by line.
class MailLog {
 public:
  /// `file` names it in deliveries. With `forced` every line is taken for that format.
  MailLog(std::string_view file, const TimeZone& zone, LogClock::Settings settings,
          std::optional<LogFormat> forced, FormatReader::Emit emit);
  ~MailLog();

  /// One line, with or without its line end.
  void read_line(std::string_view line);
  /// After the last line.
  void finish();
  [[nodiscard]] const LogCounts& counts() const { return counts_; }

 private:
  bool understand(std::string_view line);
  bool understand_syslog(LogLine line, std::string_view rest);
  bool hand_to(LogFormat format, const LogLine& line);
  [[nodiscard]] bool may_be(LogFormat format) const { return !forced_ || *forced_ == format; }

  LogClock clock_;
  std::optional<LogFormat> forced_;
  std::array<std::unique_ptr<FormatReader>, kLogFormatCount> readers_;
  FormatReader* last_ = nullptr;  // the reader of the line before
  LogCounts counts_;
};

}  // namespace mxray::maillog
