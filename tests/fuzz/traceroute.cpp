// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for a traceroute, harm who reads it?
#include <cstdint>
#include <string_view>

#include "path/traceroute.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)mxray::read_traceroute({reinterpret_cast<const char*>(data), size});
  return 0;
}
