// SPDX-License-Identifier: Apache-2.0
// Which table says why servers refuse: the one compiled in, or a file's?
#pragma once

#include <string>

#include "analysis/reply_reasons.h"
#include "base/result.h"

namespace mxray {

/// The table in the file `path`, the one compiled in if that is empty.
Result<ReasonTable> read_reason_table(const std::string& path);

}  // namespace mxray
