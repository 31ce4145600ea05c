// SPDX-License-Identifier: Apache-2.0
// What do a packet's traits (record.h) say?
#pragma once

#include "record.h"

namespace mxray {

/// DF; always false of IPv6, which has none.
constexpr bool has_dont_fragment(unsigned traits) {
  return (traits & core::TRAIT_DONT_FRAGMENT) != 0;
}

}  // namespace mxray
