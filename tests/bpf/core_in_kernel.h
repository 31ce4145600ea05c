// SPDX-License-Identifier: Apache-2.0
// How does a test run the core in the kernel, packet by packet, with a clock of
// its own?
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/kernel_stats.h"
#include "base/result.h"
#include "config.h"

struct mxray_bpf;
struct ring_buffer;

namespace mxray::test {

enum class Hook { kXdp, kTcEthernet, kTcRaw };

struct CoreRecords {
  using Record = std::vector<std::byte>;
  std::vector<Record> incidents;  // as in the two ring buffers
  std::vector<Record> dialogue;

  void add(std::span<const std::byte> record);
  void clear();
};

/// One program of mxray.bpf.c with maps of its own, attached to nothing.
class CoreInKernel {
 public:
  /// `max_flows` sizes the tables by the rule of replay/engine.h.
  static Result<CoreInKernel> load(Hook hook, core::core_config config, std::uint32_t max_flows);

  /// BPF_PROG_TEST_RUN needs an Ethernet header's worth of bytes, and room
  /// around them in one page.
  static constexpr std::size_t kShortestFrame = 14;
  static constexpr std::size_t kLongestFrame = 3000;

  /// Empty if the program let the packet pass and left its bytes alone; else
  /// what it did.
  std::string run(std::span<const std::uint8_t> frame, std::uint64_t time_ns,
                  std::uint32_t interface);

  /// What came out of the ring buffers since clear().
  CoreRecords& records() { return *records_; }
  [[nodiscard]] KernelStats stats() const;

 private:
  struct Destroy {
    void operator()(mxray_bpf* skeleton) const;
    void operator()(ring_buffer* ring) const;
  };
  CoreInKernel() = default;

  std::unique_ptr<mxray_bpf, Destroy> skeleton_;
  std::unique_ptr<CoreRecords> records_;
  std::unique_ptr<ring_buffer, Destroy> rings_;
  Hook hook_ = Hook::kXdp;
  int program_ = -1;
};

}  // namespace mxray::test
