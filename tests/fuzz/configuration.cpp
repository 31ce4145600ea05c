// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for the configuration, harm the daemon? And is it either
// taken or refused with one line that says where?
#include <cstdint>
#include <cstdlib>
#include <string>

#include "daemon/config_file.h"
#include "fuzz/place.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = mxray::read_config_text(text, "mxrayd.yaml", mxray::Config{});
  if (!config && !mxray::fuzz::names_its_place(config.error().message, "mxrayd.yaml")) std::abort();
  return 0;
}
