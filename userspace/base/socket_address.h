// SPDX-License-Identifier: Apache-2.0
// Which endpoint does the kernel mean by a socket address?
#pragma once

#include <optional>

#include "base/address.h"

struct sockaddr;

namespace mxray {

/// nullopt unless it is of IPv4 or IPv6; the scope of a link-local one is lost.
std::optional<Endpoint> endpoint_of(const sockaddr* address);

}  // namespace mxray
