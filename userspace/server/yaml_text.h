// SPDX-License-Identifier: Apache-2.0
// What does a configuration in YAML hold, if it can be read at all?
#pragma once

#include <yaml-cpp/node/node.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace mxray {

/// The text's only document; a null node if it holds comments only. An error begins
/// with the place, `name:line: this is not YAML: ...`; a second document is one, too.
Result<YAML::Node> read_yaml(const std::string& text, std::string_view name);

}  // namespace mxray
