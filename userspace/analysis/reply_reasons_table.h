// SPDX-License-Identifier: Apache-2.0
// What are the lines of reply_reasons.txt? CMake compiles them in.
#pragma once

#include <string_view>

namespace mxray {

std::string_view built_in_reply_reasons();

}  // namespace mxray
