// SPDX-License-Identifier: Apache-2.0
// How does the core run without a kernel?
//
// The very headers of bpf/, with tables, a clock and a mailbox of their own in
// place of maps, time and ring buffers. Equal packets make equal records in
// both; tests/bpf/differential_test.cpp holds them to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/kernel_stats.h"
#include "config.h"
#include "record.h"
#include "replay/link_header.h"

namespace mxray {

class Engine {
 public:
  /// `on_record` gets each record (bpf/record.h) as its raw bytes, which live
  /// until it returns; their times are those of handle(). `max_flows` sizes the
  /// tables as it sizes the probe's maps.
  Engine(const core::core_config& config, std::function<void(std::span<const std::byte>)> on_record,
         std::size_t max_flows);
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  /// One packet as an interface saw it: the bytes at hand, which may be fewer
  /// than the `frame_length` of the wire. `time_ns` never goes back.
  void handle(std::span<const std::uint8_t> frame, std::uint32_t frame_length, LinkLayer link,
              std::uint64_t time_ns, std::uint32_t interface);

  /// What RECORD_FLOW_CLOSED would say now of each connection still open; its
  /// close_reason is CLOSE_NONE.
  [[nodiscard]] std::vector<core::record_flow> open_flows() const;

  /// Counters, histograms and the fill of the tables; no attachments.
  [[nodiscard]] KernelStats stats() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mxray
