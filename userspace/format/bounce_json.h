// SPDX-License-Identifier: Apache-2.0
// How does a failed delivery with its verdict look as JSON?
#pragma once

#include <string>

#include "maillog/failed_delivery.h"
#include "maillog/match.h"

namespace mxray {

/// One object on one line (schema_version 1), without the line end; every field is
/// present, what is unknown is null.
std::string to_json_line(const maillog::FailedDelivery& delivery, const maillog::Match& match);

}  // namespace mxray
