// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for the web configuration, harm the daemon?
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "server/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mxray::Fd file(::memfd_create("web.yml", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  const auto config = mxray::read_web_config("/proc/self/fd/" + std::to_string(file.get()));
  if (!config && config.error().message.find('\n') != std::string::npos) std::abort();
  return 0;
}
