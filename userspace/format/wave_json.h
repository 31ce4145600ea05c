// SPDX-License-Identifier: Apache-2.0
// How does a wave of forgeries look as JSON?
//
// Written only: waves follow from incidents, so nothing keeps them. The shape is
// `wave` in docs/incident.schema.json.
#pragma once

#include <string>

#include "analysis/waves.h"

namespace mxray {

/// One object on one line (schema_version 1), without the line end; every field
/// is present, what is unknown is null.
std::string to_json_line(const Wave& wave);

}  // namespace mxray
