// SPDX-License-Identifier: Apache-2.0
// Does any text, taken for the web configuration, harm the daemon? And is it either
// taken or refused with one line that says where?
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/fd.h"
#include "fuzz/place.h"
#include "server/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mxray::Fd file(::memfd_create("web.yml", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file.get());
  const auto config = mxray::read_web_config(path);
  if (!config && !mxray::fuzz::names_its_place(config.error().message, path)) std::abort();
  return 0;
}
