// SPDX-License-Identifier: Apache-2.0
// How long has it run, for people?
#pragma once

#include <string>

namespace mxray {

/// `00:12:05`, `3 d 04:00:00`; less than nothing is nothing.
std::string uptime(double seconds);

}  // namespace mxray
