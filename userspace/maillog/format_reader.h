// SPDX-License-Identifier: Apache-2.0
// What does the reader of one log format get, and what does it give?
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "maillog/failed_delivery.h"
#include "maillog/log_time.h"

namespace mxray::maillog {

/// Ids of messages, sessions or processes that a reader remembers at most, each
/// the key of a BoundedMap: more than a busy server has under way at once.
inline constexpr std::size_t kMostIds = 65'536;

/// A line whose beginning has been read.
struct LogLine {
  std::uint64_t number = 0;  // in its file, from 1
  Stamp stamp;
  std::string_view program;  // of a syslog header, without the pid: `postfix/smtp`
  std::string_view process;  // the pid
  std::string_view message;  // what follows the stamp, or the syslog header
};

/// Readers remember what belongs to the lines to come, in bounded memory.
class FormatReader {
 public:
  using Emit = std::function<void(FailedDelivery)>;
  FormatReader(const LogClock& clock, Emit emit) : clock_(clock), emit_(std::move(emit)) {}
  virtual ~FormatReader() = default;
  FormatReader(const FormatReader&) = delete;
  FormatReader& operator=(const FormatReader&) = delete;

  /// False if the line pretends to be of this format and is broken.
  virtual bool read(const LogLine& line) = 0;
  /// A line without a stamp right after one of this reader's; false if it is not
  /// the rest of that.
  virtual bool read_rest(std::string_view) { return false; }
  /// The file is at its end.
  virtual void finish() {}

 protected:
  /// A delivery with what every format tells; nullopt if the stamp is no time.
  [[nodiscard]] std::optional<FailedDelivery> begin(LogFormat format, const LogLine& line) const {
    const auto time_ns = clock_.time_ns(line.stamp);
    if (!time_ns) return std::nullopt;
    FailedDelivery delivery;
    delivery.format = format;
    delivery.line = line.number;
    delivery.time_ns = *time_ns;
    delivery.unit_ns = line.stamp.unit_ns;
    return delivery;
  }
  void emit(FailedDelivery delivery) const { emit_(std::move(delivery)); }

 private:
  const LogClock& clock_;
  Emit emit_;
};

}  // namespace mxray::maillog
