// SPDX-License-Identifier: Apache-2.0
// What did the core count, and which programs run where?
//
// The probe fills it from the kernel's maps, the replay from its own arrays;
// metrics and status read it without knowing which.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "counters.h"

namespace mxray {

/// `mail_packets`, `malformed_ip`, ...: for labels and tables.
std::string_view counter_name(core::counter counter);

/// One hook on one interface, and why this one.
struct Attachment {
  std::string interface;
  std::string direction;  // ingress egress
  std::string hook;       // xdp_native xdp_generic tcx tc; `none` if it failed
  std::string reason;     // one sentence
};

struct MapFill {
  std::string name;
  std::uint64_t entries = 0;  // 0 if unknown
  std::uint64_t capacity = 0;
};

/// What the kernel measured of one program, summed over CPUs and hooks; it measures
/// only while BPF statistics are on, and never forgets.
struct ProgramRuns {
  std::string name;
  std::uint64_t runs = 0;
  std::uint64_t run_ns = 0;
};

struct KernelStats {
  std::array<std::uint64_t, core::COUNTER_COUNT> counters{};
  std::array<std::uint64_t, core::HISTOGRAM_CELLS_TOTAL> histogram_cells{};
  std::vector<Attachment> attachments;
  std::vector<MapFill> maps;
  std::vector<ProgramRuns> programs;
  bool programs_measured = false;  // now
  // The programs may be older than this mxrayd. Of the records above:
  std::uint64_t records_before = 0;  // read by another one
  std::uint64_t lost_before = 0;     // ... that has told of them
};

}  // namespace mxray
