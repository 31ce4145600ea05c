// SPDX-License-Identifier: Apache-2.0
#include "daemon/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "base/text.h"

namespace mxray {
namespace {

constexpr std::size_t kLongestLine = 4096;

void log_line(std::string_view level, std::string_view sentence) {
  const std::string line = fmt::format("mxrayd: {}: {}\n", level, sanitize(sentence, kLongestLine));
  // One write: lines of several processes on one terminal stay whole. Nobody is
  // left to tell if it fails.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void log_info(std::string_view sentence) { log_line("info", sentence); }
void log_warning(std::string_view sentence) { log_line("warning", sentence); }
void log_error(std::string_view sentence) { log_line("error", sentence); }

}  // namespace mxray
