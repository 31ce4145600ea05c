// SPDX-License-Identifier: Apache-2.0
// Whose DNS is to be checked: the addresses named, or those the daemon saw sending?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/facts.h"

namespace mxray::cli {

/// What the user says of every address that is checked.
struct CheckedNames {
  std::string helo;                  // empty: not said
  std::vector<std::string> domains;  // none: not said
};

/// The addresses named by the user. They are valid already; each once.
std::vector<dns::Subject> subjects_of(const std::vector<std::string>& addresses,
                                      const CheckedNames& names);

/// Those in the daemon's NDJSON: one a pair of address and HELO name, in the
/// daemon's order, with all its domains. What the user says replaces what was seen.
Result<std::vector<dns::Subject>> subjects_in(std::string_view senders, const CheckedNames& names);

}  // namespace mxray::cli
