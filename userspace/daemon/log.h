// SPDX-License-Identifier: Apache-2.0
// How does the daemon tell its operator something?
//
// One line on stderr each, `mxrayd: level: sentence`; systemd adds the time.
#pragma once

#include <string_view>

namespace mxray {

/// Whatever `sentence` holds, it stays one printable line.
void log_info(std::string_view sentence);
void log_warning(std::string_view sentence);
void log_error(std::string_view sentence);

}  // namespace mxray
