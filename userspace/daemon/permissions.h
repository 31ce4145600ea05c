// SPDX-License-Identifier: Apache-2.0
// Is this process allowed to do its work?
//
// Asked before anything is attached, so that the answer is one sentence with a
// remedy (exit code 4) and not an errno from the middle of the start.
#pragma once

#include <string>

#include "base/result.h"

namespace mxray {

/// Loading needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (the programs compare
/// packet pointers); CAP_SYS_ADMIN includes the first and the last.
Status check_capabilities();

/// Makes the directory of the socket if it is missing (mode 0755), and checks
/// that a socket can be made there.
Status prepare_socket_directory(const std::string& socket_path);

}  // namespace mxray
