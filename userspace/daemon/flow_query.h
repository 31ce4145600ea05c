// SPDX-License-Identifier: Apache-2.0
// Which of the connections of now does a client ask for?
#pragma once

#include <map>
#include <string>

#include "analysis/snapshot.h"
#include "base/result.h"

namespace mxray {

/// Reads `limit`, `state` (a list with commas) and `order` (`latest`: by when they were
/// heard of). An unknown key is an error: a misspelt filter must not return all.
Result<FlowChoice> parse_flow_query(const std::map<std::string, std::string>& query);

}  // namespace mxray
