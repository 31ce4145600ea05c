// SPDX-License-Identifier: Apache-2.0
// Is this text a domain's name?
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mxray {

/// In lower case, without the root's dot: letters, digits, `-` and `_` in labels of
/// 1 to 63, at most 253 in all (RFC 1035, 2.3.4). The error says what to write.
Result<std::string> parse_domain_name(std::string_view text);

}  // namespace mxray
