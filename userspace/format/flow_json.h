// SPDX-License-Identifier: Apache-2.0
// How does a flow look as JSON, and how is it read back?
#pragma once

#include <string>
#include <string_view>

#include "analysis/snapshot.h"
#include "base/result.h"

namespace mxray {

/// One object on one line (schema_version 1), without the line end; every field
/// is present, what is unknown is null.
std::string to_json_line(const FlowView& flow);

/// The inverse. Fails with the name of the first field that is wrong.
Result<FlowView> flow_from_json(std::string_view text);

}  // namespace mxray
