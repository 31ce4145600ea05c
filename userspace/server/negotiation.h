// SPDX-License-Identifier: Apache-2.0
// Which form of an answer does a client want most?
//
// Content negotiation of RFC 9110, 12.5: lists of what is acceptable, each with a
// quality from 0 to 1. Lists come from anybody; what cannot be read is passed over.
#pragma once

#include <string_view>

namespace mxray {

/// How much a client that sent `accept` wants `type`/`subtype` in `version`; 0: not
/// at all. The entry that names it most exactly counts: with a version (which
/// must then be ours), without, `type/*`, `*/*`. An empty list accepts all.
double quality_of(std::string_view accept, std::string_view type, std::string_view version);

/// Whether a client that sent `accept_encoding` takes gzip; without a list it does not.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace mxray
