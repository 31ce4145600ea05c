// SPDX-License-Identifier: Apache-2.0
#include "daemon/reason_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace mxray {

Result<ReasonTable> read_reason_table(const std::string& path) {
  if (path.empty()) return ReasonTable::built_in();
  std::ifstream file(path);
  std::ostringstream text;
  // A directory opens but cannot be read.
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad()) {
    return Error{
        fmt::format("cannot read the reply_reasons file {}: {}", path, std::strerror(errno))};
  }
  return ReasonTable::parse(text.str(), path);
}

}  // namespace mxray
