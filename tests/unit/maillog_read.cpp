// SPDX-License-Identifier: Apache-2.0
#include "maillog_read.h"

#include <algorithm>
#include <utility>

#include "base/time.h"

namespace mxray::maillog {

ReadLog read_log(std::string_view text, const ReadOptions& options) {
  ReadLog read;
  const auto zone = TimeZone::named(options.timezone);
  MailLog log("mail.log", *zone, options.clock, options.format,
              [&](FailedDelivery delivery) { read.failed.push_back(std::move(delivery)); });
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    log.read_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  log.finish();
  read.counts = log.counts();
  return read;
}

std::string time_of(const FailedDelivery& delivery) { return rfc3339(delivery.time_ns); }

std::string remote_of(const FailedDelivery& delivery) {
  return delivery.remote ? to_string(*delivery.remote) : std::string();
}

}  // namespace mxray::maillog
