// SPDX-License-Identifier: Apache-2.0
// What kind of name is this?
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace mxray::dns {

/// In lower case and without the last dot, as names are compared (RFC 4343).
std::string normal_name(std::string_view name);

/// Letters, digits and inner hyphens in labels of 1 to 63, at most 253 in all
/// (RFC 1123 2.1). A single label will do.
bool is_host_name(std::string_view name);

/// A host name of two labels or more that is no address: what a PTR, a HELO and
/// an MX should say.
bool is_qualified_host_name(std::string_view name);

/// The address that stands where a name should: `192.0.2.1`, `192.0.2.1.`, `[192.0.2.1]`,
/// `[IPv6:2001:db8::1]`.
std::optional<core::address> address_in(std::string_view name);

/// Does a PTR name look as providers number the addresses of a pool: the
/// address is spelt in it? A guess; receivers guess alike.
bool looks_generic(std::string_view name, const core::address& address);

}  // namespace mxray::dns
