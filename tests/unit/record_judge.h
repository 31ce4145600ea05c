// SPDX-License-Identifier: Apache-2.0
// Which incidents do these records make, wherever they come from?
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analyzer.h"
#include "record.h"

namespace mxray::test {

/// The analyzer on the clock of the packets, as in a replay.
class RecordJudge {
 public:
  RecordJudge() = default;
  RecordJudge(const RecordJudge&) = delete;
  RecordJudge& operator=(const RecordJudge&) = delete;

  /// Before each packet: seconds that have passed are ticked through, but not
  /// the months between two captures that were joined.
  void advance_to(std::uint64_t time_ns) {
    constexpr std::uint64_t kSecond = 1'000'000'000, kLongestSilence = 600 * kSecond;
    if (next_tick_ns_ == 0) next_tick_ns_ = time_ns;
    const std::uint64_t until_ns = std::min(time_ns, next_tick_ns_ + kLongestSilence);
    for (; next_tick_ns_ <= until_ns; next_tick_ns_ += kSecond) analyzer_.tick(next_tick_ns_);
    next_tick_ns_ = std::max(next_tick_ns_, time_ns);
  }

  void consume(std::span<const std::byte> record) {
    core::record_header header;
    std::memcpy(&header, record.data(), sizeof header);
    analyzer_.tick(header.time_ns);
    analyzer_.consume(record);
  }

  /// Each as it was last amended, in the order in which they were raised.
  [[nodiscard]] const std::vector<Incident>& incidents() const { return incidents_; }

 private:
  void put(const Incident& incident) {
    const auto known = std::find_if(incidents_.begin(), incidents_.end(),
                                    [&](const Incident& other) { return other.id == incident.id; });
    if (known == incidents_.end()) {
      incidents_.push_back(incident);
    } else {
      *known = incident;
    }
  }

  std::vector<Incident> incidents_;
  Analyzer analyzer_{{.interface_name = [](std::uint32_t) { return std::string("eth0"); }},
                     [this](const Incident& incident) { put(incident); }};
  std::uint64_t next_tick_ns_ = 0;
};

}  // namespace mxray::test
