// SPDX-License-Identifier: Apache-2.0
#include "replay/replay.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

#include "base/core_settings.h"
#include "record.h"
#include "replay/engine.h"
#include "replay/merged_captures.h"

namespace mxray {
namespace {

constexpr std::uint64_t kDigestSecret = 0x6d78'7261'7920'7631;  // any: equal in every replay
constexpr std::uint64_t kSecond = 1'000'000'000;
// A silence is ticked through second by second, as the daemon would, but not
// the months between two captures that were joined.
constexpr std::uint64_t kLongestSilence = 600 * kSecond;

// The incidents so far, each as it was last amended.
class IncidentList {
 public:
  void put(const Incident& incident) {
    const auto [known, is_new] = index_.try_emplace(incident.id, incidents_.size());
    if (is_new) {
      incidents_.push_back(incident);
    } else {
      incidents_[known->second] = incident;
    }
  }

  std::vector<Incident> take_by_time() {
    std::stable_sort(incidents_.begin(), incidents_.end(),
                     [](const Incident& a, const Incident& b) { return a.time_ns < b.time_ns; });
    return std::move(incidents_);
  }

 private:
  std::vector<Incident> incidents_;
  std::map<std::string, std::size_t> index_;
};

// The analyzer's clock: the time of the packets.
class PacketClock {
 public:
  explicit PacketClock(Analyzer& analyzer) : analyzer_(analyzer) {}

  void advance_to(std::uint64_t time_ns) {
    if (now_ns_ == 0) now_ns_ = next_tick_ns_ = time_ns;
    now_ns_ = std::max(now_ns_, time_ns);
    if (now_ns_ - std::min(next_tick_ns_, now_ns_) > kLongestSilence) {
      for (std::uint64_t i = 0; i < kLongestSilence / kSecond; ++i) tick();
      next_tick_ns_ = now_ns_;
    }
    while (next_tick_ns_ <= now_ns_) tick();
  }

  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }

 private:
  void tick() {
    analyzer_.tick(next_tick_ns_);
    next_tick_ns_ += kSecond;
  }

  Analyzer& analyzer_;
  std::uint64_t now_ns_ = 0;
  std::uint64_t next_tick_ns_ = 0;
};

std::uint64_t time_of(std::span<const std::byte> record) {
  core::record_header header;
  std::memcpy(&header, record.data(), sizeof header);
  return header.time_ns;
}

std::vector<std::string> base_names(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const std::string& file : files) {
    names.push_back(std::filesystem::path(file).filename().string());
  }
  return names;
}

}  // namespace

ReplayResult replay(const std::vector<std::string>& files, const ReplayOptions& options) {
  ReplayResult result;
  auto captures = MergedCaptures::open(files);
  if (!captures) {
    result.error = captures.error();
    return result;
  }
  AnalyzerSettings settings = options.analyzer;
  settings.interface_name = [names = base_names(files)](std::uint32_t interface) {
    return interface >= 1 && interface <= names.size() ? names[interface - 1] : std::string();
  };
  IncidentList incidents;
  Analyzer analyzer(settings, [&incidents](const Incident& incident) { incidents.put(incident); });
  Engine engine(
      make_core_config(options.ports, settings.slow_greeting_seconds, kDigestSecret),
      [&analyzer](std::span<const std::byte> record) {
        analyzer.tick(time_of(record));
        analyzer.consume(record);
      },
      settings.max_flows);

  PacketClock clock(analyzer);
  while (true) {
    const auto merged = captures->next();
    if (!merged) {
      result.error = merged.error();
      continue;
    }
    if (!*merged) break;
    const CapturedPacket& packet = (*merged)->packet;
    const std::span<const std::uint8_t> frame = packet.frame();
    clock.advance_to((*merged)->clock_ns);
    if (result.packets == 0) result.first_packet_ns = clock.now_ns();
    if (!frame.empty()) {
      engine.handle(frame, packet.frame_length(), packet.link, (*merged)->clock_ns,
                    (*merged)->interface);
    }
    ++result.packets;
  }
  analyzer.tick(clock.now_ns());
  analyzer.finish();
  result.last_packet_ns = clock.now_ns();
  result.incidents = incidents.take_by_time();
  result.totals = analyzer.totals();
  result.signal_rates = result.totals.signal_rates;
  for (const core::record_flow& open : engine.open_flows()) {
    result.signal_rates.at(open.header.protocol).add(open);
  }
  result.stats = engine.stats();
  result.flows = analyzer.flows(clock.now_ns());
  return result;
}

}  // namespace mxray
