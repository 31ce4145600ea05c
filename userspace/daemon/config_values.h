// SPDX-License-Identifier: Apache-2.0
// How do the texts of a configuration become numbers, sizes and addresses?
//
// Every error ends in an example of what to write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "daemon/config.h"

namespace mxray {

/// Seconds, more than 0 and at most 3600.
Result<double> parse_seconds(std::string_view text);

/// A whole number from `least` to `most`.
Result<std::uint32_t> parse_count(std::string_view text, std::uint32_t least, std::uint32_t most);

/// `true` or `false`.
Result<bool> parse_switch(std::string_view text);

/// `512KiB`, `256MiB`, `1GiB` in bytes; at least 1 MiB.
Result<std::uint64_t> parse_size(std::string_view text);

/// `30d` and the like, in nanoseconds; at least one minute.
Result<std::uint64_t> parse_age(std::string_view text);

/// `ADDR:PORT`, IPv6 in brackets; `:PORT` listens on all addresses.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// A name that Linux takes for an interface (at most 15 characters).
Result<std::string> parse_interface_name(std::string_view text);

}  // namespace mxray
