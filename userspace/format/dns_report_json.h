// SPDX-License-Identifier: Apache-2.0
// How does what `mxray check dns` found look as JSON?
//
//   {"schema_version": 1, "check": "dns", "address": "192.0.2.1", "helo": .., "domains": [..],
//    "ptr_names": [..], "outcome": "right", "findings": [{"code": .., "severity": .., ...}], ...}
#pragma once

#include <string>

#include "dns/judge.h"

namespace mxray {

/// One object on one line, without the line end; docs/incident.schema.json has
/// its schema.
std::string to_json_line(const dns::Report& report);

}  // namespace mxray
