// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "base/number.h"
#include "base/text.h"

namespace mxray::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// COLUMNS, then the terminal: as ls has it.
int width_of_output() {
  if (const auto columns = parse_number<int>(environment("COLUMNS")); columns && *columns > 0) {
    return *columns;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 0;
}

}  // namespace

ExitCode Output::fail(ExitCode code, std::string_view message) const {
  out.flush();  // what it is about comes first, wherever both go
  err << "mxray: " << abridged(message) << std::endl;
  return code;
}

ExitCode Output::partial_or(std::uint64_t records_lost, ExitCode otherwise) const {
  if (records_lost == 0) return otherwise;
  return fail(ExitCode::kPartial,
              fmt::format("{} records were lost before they could be judged, so this may not be "
                          "all; `mxray status` shows where they went",
                          records_lost));
}

bool wants_colour(bool terminal) {
  if (!environment("NO_COLOR").empty()) return false;
  const std::string_view force = environment("CLICOLOR_FORCE");
  return (!force.empty() && force != "0") || (terminal && environment("TERM") != "dumb");
}

Output standard_output(DescriptorStream& out) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (terminal) out << std::unitbuf;  // somebody watches
  return {.out = out,
          .err = std::cerr,
          .terminal = terminal,
          .colour = wants_colour(terminal),
          .width = width_of_output(),
          .progress = isatty(STDERR_FILENO) == 1,
          .write_error = [&out] { return out.error(); },
          .descriptor = STDOUT_FILENO};
}

}  // namespace mxray::cli
