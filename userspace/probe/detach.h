// SPDX-License-Identifier: Apache-2.0
// How does everything go that an mxrayd left behind on purpose, or was killed before it
// could remove?
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mxray {

struct Detached {
  std::string done;             // one line for each thing
  std::vector<Error> problems;  // what is still there, or could not be looked at
  bool not_permitted = false;   // a problem that another user would not have
};

/// Takes off what is pinned below `pin_dir`, with the TC filters that are noted there
/// (before kernel 6.6); or, if that is empty, what is pinned in every bpffs that this
/// process sees, and all TC filters of ours in this network namespace. Leaves alone what
/// an mxrayd is running with, and what is not of the shape that PinFolder makes.
Detached detach(const std::string& pin_dir);

}  // namespace mxray
