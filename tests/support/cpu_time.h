// SPDX-License-Identifier: Apache-2.0
// How much work was it? For limits that a busy machine must not break: time that
// others had the processor does not count.
#pragma once

#include <chrono>
#include <ctime>

namespace mxray::test {

/// Processor time that this process has used so far.
inline std::chrono::nanoseconds cpu_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace mxray::test
