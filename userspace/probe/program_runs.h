// SPDX-License-Identifier: Apache-2.0
// What do our programs cost, as the kernel measured it?
//
// It measures while somebody wants it to: the holder of a descriptor of
// bpf_enable_stats (kernel 5.8), or the sysctl kernel.bpf_stats_enabled. Each run
// then reads the clock twice, which on a cheap packet is most of its cost.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/kernel_stats.h"
#include "base/result.h"
#include "probe/programs.h"

namespace mxray {

/// The kernel measures as long as this lives. Needs CAP_SYS_ADMIN.
Result<Fd> measure_programs();

class ProgramRunsReader {
 public:
  /// Fills in `programs` and `programs_measured`. `is_ours`: we hold a descriptor of
  /// measure_programs(). Another's descriptor shows nowhere, only in runs that
  /// have been counted since the last look.
  void read(const Programs& programs, bool is_ours, KernelStats& stats);

 private:
  std::uint64_t runs_before_ = 0;
};

}  // namespace mxray
