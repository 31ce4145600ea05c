// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "maillog/failed_delivery.h"

namespace mxray::maillog {
namespace {

constexpr std::array<std::string_view, kLogFormatCount> kFormats = {
    "postfix", "exim", "sendmail", "qmail", "exchange", "mdaemon"};

}  // namespace

std::string_view name_of(LogFormat format) { return kFormats.at(static_cast<std::size_t>(format)); }

std::optional<LogFormat> log_format_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kLogFormatCount; ++i) {
    if (kFormats.at(i) == name) return static_cast<LogFormat>(i);
  }
  return std::nullopt;
}

std::string_view name_of(Direction direction) {
  return direction == Direction::kOutgoing ? "outgoing" : "incoming";
}

std::string_view name_of(Failure failure) {
  switch (failure) {
    case Failure::kRefused: return "refused";
    case Failure::kConnectionLost: return "connection_lost";
    case Failure::kNoConnection: return "no_connection";
    case Failure::kOther: break;
  }
  return "other";
}

}  // namespace mxray::maillog
