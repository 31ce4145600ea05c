// SPDX-License-Identifier: Apache-2.0
// Do any bytes, taken for records of the kernel, harm the analysis?
//
// The kernel is trusted, a map layout of another version is not.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "analysis/analyzer.h"
#include "format/explain.h"
#include "record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mxray;
  AnalyzerSettings settings;
  settings.max_flows = 64;
  settings.interface_name = [](std::uint32_t) { return "wan0"; };
  Analyzer analyzer(settings, [](const Incident& incident) { (void)explain(incident, {}); });
  std::vector<std::uint64_t> aligned(256);  // as the rings hand them out
  while (size >= 2) {
    const std::size_t wanted = std::size_t{data[0]} * 8 + data[1] % 8;
    const std::size_t length = std::min({wanted, size - 2, aligned.size() * 8});
    std::memcpy(aligned.data(), data + 2, length);
    analyzer.consume({reinterpret_cast<const std::byte*>(aligned.data()), length});
    data += 2 + length;
    size -= 2 + length;
  }
  analyzer.finish();
  (void)analyzer.totals();
  return 0;
}
