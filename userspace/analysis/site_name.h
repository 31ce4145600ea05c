// SPDX-License-Identifier: Apache-2.0
// Who runs a host, by the name that it gives itself?
//
// Roughly: there is no list of all registries' suffixes here.
#pragma once

#include <string_view>

namespace mxray {

/// `example.org` of `mail.example.org`, `example.co.uk` of `mail.example.co.uk`;
/// empty for a name without a dot.
std::string_view site_of(std::string_view name);

/// `mail.example.org`: a name that the Internet knows, not that of a user's computer
/// or an address. In lower case.
bool is_server_name(std::string_view name);

}  // namespace mxray
