// SPDX-License-Identifier: Apache-2.0
// Does any frame, read on any kind of interface, harm the core?
#include <cstdint>
#include <vector>

#include "base/core_settings.h"
#include "replay/engine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mxray::LinkLayer;
  if (size == 0) return 0;
  const LinkLayer link = (data[0] & 1) != 0 ? LinkLayer::kRaw : LinkLayer::kEthernet;
  const std::vector<std::uint8_t> frame(data + 1, data + size);  // nothing behind its end
  mxray::Engine engine(
      mxray::make_core_config(mxray::default_ports(), 5, 0x5ec2e7),
      [](std::span<const std::byte>) {}, 64);
  // Twice: the second one meets what the first has left in the tables.
  for (const std::uint64_t time_ns : {1'000'000'000ULL, 1'100'000'000ULL}) {
    engine.handle(frame, static_cast<std::uint32_t>(frame.size()), link, time_ns, 1);
  }
  return 0;
}
