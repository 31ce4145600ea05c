// SPDX-License-Identifier: Apache-2.0
// Which records does the core make of these packets?
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "base/core_settings.h"
#include "replay/engine.h"
#include "support/timed_packet.h"
#include "support/traces.h"

namespace mxray::test {

/// The core and all it has said so far.
class EngineRun {
 public:
  explicit EngineRun(const PortTable& ports = default_ports(), double slow_greeting_seconds = 5)
      : engine_(
            make_core_config(ports, slow_greeting_seconds, 0x5eC2e7),
            [this](std::span<const std::byte> record) {
              records_.emplace_back(record.begin(), record.end());
            },
            1024) {}
  EngineRun(const EngineRun&) = delete;
  EngineRun& operator=(const EngineRun&) = delete;

  EngineRun& feed(const std::vector<TimedPacket>& packets, LinkLayer link = LinkLayer::kEthernet) {
    for (const TimedPacket& packet : packets) {
      // A copy of exactly this size, so that the sanitizer sees a read behind it.
      const std::vector<std::uint8_t> frame(packet.frame.begin(), packet.frame.end());
      engine_.handle(frame, static_cast<std::uint32_t>(frame.size()), link, packet.time_ns, 1);
    }
    return *this;
  }

  [[nodiscard]] std::uint64_t count(core::counter counter) const {
    return engine_.stats().counters.at(counter);
  }
  [[nodiscard]] KernelStats stats() const { return engine_.stats(); }

  /// All records as raw bytes, in order.
  [[nodiscard]] const std::vector<std::vector<std::byte>>& records() const { return records_; }

  [[nodiscard]] std::vector<core::record_signal> signals() const {
    return of_type<core::record_signal>({core::RECORD_SIGNAL});
  }
  [[nodiscard]] std::vector<core::record_ident> idents() const {
    return of_type<core::record_ident>({core::RECORD_IDENT});
  }
  [[nodiscard]] std::vector<core::record_lookup> lookups() const {
    return of_type<core::record_lookup>({core::RECORD_LOOKUP});
  }
  [[nodiscard]] std::vector<core::record_dialogue> dialogue() const {
    return of_type<core::record_dialogue>(
        {core::RECORD_GREETING, core::RECORD_COMMAND, core::RECORD_REPLY});
  }
  [[nodiscard]] std::vector<core::record_flow> flows(core::record_type type) const {
    return of_type<core::record_flow>({type});
  }

  /// Does any record hold these bytes, wherever?
  [[nodiscard]] bool anything_holds(std::string_view text) const {
    for (const auto& record : records_) {
      const std::string_view bytes(reinterpret_cast<const char*>(record.data()), record.size());
      if (bytes.find(text) != std::string_view::npos) return true;
    }
    return false;
  }

 private:
  template <typename Record>
  [[nodiscard]] std::vector<Record> of_type(std::initializer_list<int> types) const {
    std::vector<Record> found;
    for (const auto& bytes : records_) {
      core::record_header header;
      std::memcpy(&header, bytes.data(), sizeof header);
      for (const int type : types) {
        if (header.type != type || bytes.size() != sizeof(Record)) continue;
        std::memcpy(&found.emplace_back(), bytes.data(), sizeof(Record));
      }
    }
    return found;
  }

  std::vector<std::vector<std::byte>> records_;
  Engine engine_;
};

/// The text of a record that has any, as sent.
template <typename Record>
std::string text_of(const Record& record) {
  return {reinterpret_cast<const char*>(record.text), record.text_length};
}

inline LinkLayer link_of(Wrapping wrapping) {
  return wrapping == Wrapping::kNoLinkHeader ? LinkLayer::kRaw : LinkLayer::kEthernet;
}

}  // namespace mxray::test
