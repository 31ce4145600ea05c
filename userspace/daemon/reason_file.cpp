// SPDX-License-Identifier: Apache-2.0
#include "daemon/reason_file.h"
#include "base/small_file.h"

#include <fmt/format.h>

namespace mxray {

Result<ReasonTable> read_reason_table(const std::string& path) {
  if (path.empty()) return ReasonTable::built_in();
  const auto text = read_small_file(path);
  if (!text) {
    return Error{
        fmt::format("cannot read the reply_reasons file {}: {}", path, text.error().message)};
  }
  return ReasonTable::parse(*text, path);
}

}  // namespace mxray
