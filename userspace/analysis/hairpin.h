// SPDX-License-Identifier: Apache-2.0
// hairpin_failure: why do inside clients not reach what outside ones reach?
//
// A published address is this gateway's, so an inside client's SYN for it comes
// here. Where the translation is bound to the outside interface, the gateway
// answers for itself: with a RST, with nothing, or with a server of its own.
// Where it is not, but client and server share a segment, the server answers the
// client directly, from an address that the client did not ask: it resets that
// and repeats its SYN.
#pragma once

#include <cstdint>

#include "analysis/context.h"
#include "record.h"

namespace mxray {

/// RECORD_SYN_REPEATED or RECORD_REFUSED.
void note_attempt(Context& context, const core::record_flow& record);

/// A connection stands as far as this flow can tell.
void note_standing(Context& context, Flow& flow);

/// An inside client was led to the service: its failures are over.
void settle_hairpin(Context& context, const PublishedService& service, const core::address& client,
                    std::uint64_t now_ns);

/// Judges attempts about which more may be known by now, and ends old cases.
void watch_hairpins(Context& context, std::uint64_t now_ns);

}  // namespace mxray
