// SPDX-License-Identifier: Apache-2.0
// What does a program cost for one packet of this kind?
//
// BPF_PROG_TEST_RUN repeats one frame; the generator (generator.bpf.c) makes it
// another packet each time and tail-calls what is measured.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "probe/programs.h"
#include "traffic.h"

struct generator_bpf;

namespace mxray::bench {

enum class Hook { kXdp, kTc };

/// What the generator calls.
enum class Program { kEmpty, kLookup, kMxray };

/// Packets that differ in flow and sequence number.
struct Stream {
  std::vector<std::uint8_t> frame;  // Ethernet, IPv4 without options, TCP or UDP
  traffic kind{};
};

class HookBench {
 public:
  /// Loads mxray's programs as mxrayd does, and the generator beside them.
  static Result<HookBench> load(std::uint32_t max_flows);

  /// The next run begins with each flow's first packet again.
  Status restart();

  /// What the following runs measure.
  Status choose(Hook hook, Program program, const traffic& kind);

  /// `packets` of the frame on the calling thread's CPU; the mean in ns, generator included.
  /// Threads on other CPUs may do the same meanwhile.
  [[nodiscard]] Result<double> run(Hook hook, const std::vector<std::uint8_t>& frame,
                                   std::uint32_t packets) const;

  /// Records that the programs made or lost up to now: packets that cause one are no
  /// established traffic.
  [[nodiscard]] std::uint64_t records() const;

 private:
  struct Destroy {
    void operator()(generator_bpf* skeleton) const;
  };
  explicit HookBench(Programs programs) : programs_(std::move(programs)) {}

  Programs programs_;
  std::unique_ptr<generator_bpf, Destroy> generator_;
};

}  // namespace mxray::bench
