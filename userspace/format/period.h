// SPDX-License-Identifier: Apache-2.0
// How does a moment or a period look within a sentence?
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace mxray {

/// `2026-09-26 14:44:53 UTC`.
std::string moment(std::uint64_t time_ns, Zone zone = Zone::kUtc);

/// `2026-09-26 14:44:53.103763 UTC`: to look it up elsewhere.
std::string exact_moment(std::uint64_t time_ns, Zone zone = Zone::kUtc);

/// `2026-09-26 14:44:53 to 15:31:07 UTC`; the date again if it is another one, one moment
/// if both are the same second.
std::string period_in_words(std::uint64_t start_ns, std::uint64_t end_ns, Zone zone = Zone::kUtc);

}  // namespace mxray
