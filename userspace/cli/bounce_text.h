// SPDX-License-Identifier: Apache-2.0
// How does a failed delivery with its verdict read on a terminal?
#pragma once

#include <cstdint>
#include <string>

#include "cli/output.h"
#include "maillog/failed_delivery.h"
#include "maillog/mail_log.h"
#include "maillog/match.h"

namespace mxray::cli {

/// One block: verdict, time and hosts; the reply; the session; the incident.
std::string bounce_block(const maillog::FailedDelivery& delivery, const maillog::Match& match,
                         const Output& output);

struct BounceCounts {
  std::uint64_t forged = 0;
  std::uint64_t genuine = 0;
  std::uint64_t not_seen = 0;
  std::uint64_t lines = 0;
  std::uint64_t not_understood = 0;

  void add(const maillog::LogCounts& counts);
  [[nodiscard]] std::uint64_t failed() const { return forged + genuine + not_seen; }
};

/// `12 failed deliveries: 2 forged, 9 genuine, 1 not seen. 3 of 40 lines not understood.`
std::string bounce_summary(const BounceCounts& counts);

}  // namespace mxray::cli
