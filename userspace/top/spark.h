// SPDX-License-Identifier: Apache-2.0
// How do numbers become a line of small bars?
#pragma once

#include <string>
#include <vector>

#include "top/text.h"

namespace mxray::top {

/// A bar of eight heights for each value, `▁▂▃▄▅▆▇█` or in ASCII `_.-:=+*#`, from
/// `low` to `high`; values beyond are the lowest and the highest bar, those that are
/// no number too.
std::string spark(const std::vector<double>& values, double low, double high, Letters letters);

}  // namespace mxray::top
