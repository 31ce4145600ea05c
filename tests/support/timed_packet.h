// SPDX-License-Identifier: Apache-2.0
// What is one packet of a made-up capture?
#pragma once

#include <cstdint>
#include <vector>

namespace mxray::test {

struct TimedPacket {
  std::uint64_t time_ns = 0;  // since 1970, UTC
  std::vector<std::uint8_t> frame;
};

}  // namespace mxray::test
