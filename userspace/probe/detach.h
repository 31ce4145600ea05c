// SPDX-License-Identifier: Apache-2.0
// How does everything go that an mxrayd left behind on purpose, or was killed before it
// could remove?
#pragma once

#include <string>

#include "base/result.h"

namespace mxray {

/// Takes off what is pinned below `pin_dir`, or, if that is empty, in every bpffs that
/// this process sees; and the TC filters in this network namespace, which hang on no
/// pin before kernel 6.6. Says what it did, one line each. Fails if an mxrayd is
/// running with one of the folders, or if something could not be removed.
Result<std::string> detach(const std::string& pin_dir);

}  // namespace mxray
