// SPDX-License-Identifier: Apache-2.0
// How does the check of an address's DNS read?
#pragma once

#include <cstddef>
#include <string>

#include "dns/judge.h"

namespace mxray::cli {

/// What is right and what is not, each fault with the records to add and to
/// remove, which are never broken over lines; the last line sums it up. `width`
/// 0: no line is broken.
std::string for_people(const dns::Report& report, std::size_t width, bool colour);

}  // namespace mxray::cli
