// SPDX-License-Identifier: Apache-2.0
// Which own addresses send mail, and in whose names, as JSON?
//
//   {"schema_version": 1, "address": "192.0.2.1", "helo": "mail.example.org",
//    "sender_domain": "example.org", "sessions": 12, "last_seen": "2026-09-26T14:44:53.103763Z"}
//
// The daemon's `/v1/senders` gives one object a line; `mxray check dns` reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace mxray {

/// An own address that was seen sending with this name and for this domain.
struct Sender {
  core::address address{};
  std::optional<std::string> helo = {};
  std::optional<std::string> sender_domain = {};
  std::uint64_t sessions = 0;
  std::uint64_t last_seen_ns = 0;  // CLOCK_REALTIME; 0: not known
};

/// One object on one line, without the line end.
std::string to_json_line(const Sender& sender);

/// Fails with the name of the first field that is wrong.
Result<Sender> sender_from_json(std::string_view text);

}  // namespace mxray
