// SPDX-License-Identifier: Apache-2.0
// Is the reply in the log the one that was seen on the wire?
//
// A log joins the lines of a reply, may write `_` for a space, cuts it, drops or
// adds the enhanced code and repeats the code before each line. So words are
// compared, in their order, and one text may be the beginning of the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "maillog/failed_delivery.h"

namespace mxray::maillog {

/// From worst to best.
enum class Agreement : std::uint8_t {
  kNone,   // another reply
  kClass,  // the log tells neither code nor text; 4 or 5 as it was seen
  kCode,   // the log or the wire has the code alone
  kText,   // text, and the code if both have one
};

/// `seen_code` 0: unknown. `seen_text` has passed the sanitizer and may begin with
/// its codes.
Agreement agreement(const Reply& logged, bool permanent, int seen_code, std::string_view seen_text);

/// Whether two names of a domain are the same one (RFC 1035, 2.3.3); nullopt if one
/// is unknown.
std::optional<bool> same_domain(const std::optional<std::string>& a,
                                const std::optional<std::string>& b);

}  // namespace mxray::maillog
