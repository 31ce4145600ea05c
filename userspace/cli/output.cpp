// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "format/table.h"

namespace mxray::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::string_view() : std::string_view(value);
}

int terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 0;
}

}  // namespace

ExitCode Output::fail(ExitCode code, std::string_view message) const {
  err << "mxray: " << printable(message) << std::endl;
  return code;
}

ExitCode Output::partial_or(std::uint64_t records_lost, ExitCode otherwise) const {
  if (records_lost == 0) return otherwise;
  return fail(ExitCode::kPartial,
              fmt::format("{} records were lost before they could be judged, so this may not be "
                          "all; `mxray status` shows where they went",
                          records_lost));
}

Output standard_output() {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  return {.out = std::cout,
          .err = std::cerr,
          .colour = terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb",
          .width = terminal ? terminal_width() : 0,
          .progress = isatty(STDERR_FILENO) == 1};
}

}  // namespace mxray::cli
