// SPDX-License-Identifier: Apache-2.0
// How do two packets of one sender relate: are they the same one, do they claim the
// same bytes, do they belong to one stream?
#pragma once

#include <cstdint>

#include "record.h"

namespace mxray {

/// Whether both are one packet. Not by the time: live, two records of one packet
/// may have read the wall clock apart.
bool is_same_packet(const core::segment& a, const core::segment& b);

/// Sequence numbers compare modulo 2^32 (RFC 9293, 3.4).
bool is_before(std::uint32_t a, std::uint32_t b);

/// Whether both claim a byte of the stream.
bool overlap(const core::segment& a, const core::segment& b);

/// A middlebox that rewrites, seen on both its sides as one interface: one packet
/// then, though its bytes differ.
bool is_rewritten(const core::segment& a, const core::segment& b);

/// Whether the record's packet stands near what its sender has sent. If not, its
/// port is used again and the handshake was not seen: numbers far from all before
/// are another connection's, and no receiver would take them from a forger.
bool is_in_stream(const core::record_signal& record);

}  // namespace mxray
