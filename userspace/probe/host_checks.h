// SPDX-License-Identifier: Apache-2.0
// Could mxray watch here, and if not, what has to be changed?
//
// Reads only: nothing is loaded or attached.
#pragma once

#include <string>
#include <vector>

namespace mxray {

struct HostCheck {
  enum class Outcome { kOk, kWarning, kFailed };
  std::string name;
  Outcome outcome = Outcome::kOk;
  std::string found;
  std::string remedy;  // empty if there is nothing to do
};

/// Checks of the kernel and of this process, then three lines for each of
/// `interfaces`. Never fails: what cannot be read is a warning that says so.
std::vector<HostCheck> host_checks(const std::vector<std::string>& interfaces);

}  // namespace mxray
