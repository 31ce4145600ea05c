// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for the configuration, harm the daemon? And is it either
// taken or refused with one line that says where?
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = mxray::read_config_text(text, "mxrayd.yaml", mxray::Config{});
  if (config) return 0;
  const std::string& problem = config.error().message;
  if (!problem.starts_with("mxrayd.yaml") || problem.find('\n') != std::string::npos) std::abort();
  return 0;
}
