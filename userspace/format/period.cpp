// SPDX-License-Identifier: Apache-2.0
#include "format/period.h"

namespace mxray {
namespace {

constexpr std::size_t kDay = 10, kSeconds = 8, kMicroseconds = 15;  // characters

std::string day(const std::string& time) { return time.substr(0, kDay); }
std::string clock(const std::string& time, std::size_t length = kSeconds) {
  return time.substr(kDay + 1, length);
}

}  // namespace

std::string moment(std::uint64_t time_ns, Zone zone) {
  const std::string time = timestamp(time_ns, zone);
  return day(time) + " " + clock(time) + " " + zone_name(time_ns, zone);
}

std::string exact_moment(std::uint64_t time_ns, Zone zone) {
  const std::string time = timestamp(time_ns, zone);
  return day(time) + " " + clock(time, kMicroseconds) + " " + zone_name(time_ns, zone);
}

std::string period_in_words(std::uint64_t start_ns, std::uint64_t end_ns, Zone zone) {
  const std::string start = timestamp(start_ns, zone);
  const std::string end = timestamp(end_ns, zone);
  std::string text = day(start) + " " + clock(start);
  if (day(start) != day(end)) {
    text += " to " + day(end) + " " + clock(end);
  } else if (clock(start) != clock(end)) {
    text += " to " + clock(end);
  }
  return text + " " + zone_name(end_ns, zone);
}

}  // namespace mxray
