// SPDX-License-Identifier: Apache-2.0
// Which TCP ports are watched, and what is spoken on them?
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "base/result.h"
#include "config.h"
#include "record.h"

namespace mxray {

inline constexpr std::uint16_t kIdentPort = core::IDENT_PORT;

using PortTable = std::map<std::uint16_t, core::protocol>;

/// 25 465 587 2525: SMTP; 110 995: POP3; 143 993: IMAP.
PortTable default_ports();

/// `25,587,8025=smtp,80`: a port without a protocol gets that of the default
/// table, or `other`. At most 32 ports; 113 is reserved for ident.
Result<PortTable> parse_ports(std::string_view text);

}  // namespace mxray
