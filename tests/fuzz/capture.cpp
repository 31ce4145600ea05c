// SPDX-License-Identifier: Apache-2.0
// Does any file, given to `mxray replay` as a capture, harm it?
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "replay/replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mxray::Fd file(::memfd_create("capture", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  mxray::ReplayOptions options;
  options.analyzer.max_flows = 64;
  (void)mxray::replay({"/proc/self/fd/" + std::to_string(file.get())}, options);
  return 0;
}
