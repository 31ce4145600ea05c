// SPDX-License-Identifier: Apache-2.0
// What does a DNS message (RFC 1035) answer?
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dns/answer.h"

namespace mxray::dns {

/// The type as it stands in a question and a record (RFC 1035, 3.2.2).
int wire_number(RecordType type);

/// Reads a response to the question `name` `type`. Only records of the name
/// itself, or of the one its CNAMEs lead to, count. Never fails: what cannot be
/// read is kMalformed. `failure` is a clause without a subject, for the caller
/// to put the server's address before it.
Answer read_message(std::span<const std::uint8_t> message, const std::string& name,
                    RecordType type);

}  // namespace mxray::dns
