// SPDX-License-Identifier: Apache-2.0
// How does an answer get smaller on its way?
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mxray {

/// `text` in the gzip format (RFC 1952), fast rather than small: a page of metrics
/// takes a millisecond. nullopt: no memory for it.
std::optional<std::string> gzip(std::string_view text);

}  // namespace mxray
