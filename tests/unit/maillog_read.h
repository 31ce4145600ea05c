// SPDX-License-Identifier: Apache-2.0
// How do the tests read a log that stands in the test?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "maillog/mail_log.h"

namespace mxray::maillog {

struct ReadOptions {
  std::string timezone = "UTC";
  LogClock::Settings clock{.first_year = 2010};
  std::optional<LogFormat> format{};
};

struct ReadLog {
  std::vector<FailedDelivery> failed;
  LogCounts counts;
};

/// Reads `text` line by line, as the file `mail.log`.
ReadLog read_log(std::string_view text, const ReadOptions& options = {});

/// `2010-05-10T13:39:34.000000Z` of a delivery.
std::string time_of(const FailedDelivery& delivery);
/// The address of the other side; empty if the log does not tell.
std::string remote_of(const FailedDelivery& delivery);

}  // namespace mxray::maillog
