// SPDX-License-Identifier: Apache-2.0
#include "base/kernel_stats.h"

namespace mxray {
namespace {

constexpr std::array<std::string_view, core::COUNTER_COUNT> kCounterNames = {
    "mail_packets",
    "mail_bytes",
    "malformed_link",
    "malformed_ip",
    "malformed_tcp",
    "malformed_options",
    "fragment",
    "tunnel",
    "lost_half_open",
    "lost_flow",
    "lost_evidence",
    "lost_ident",
    "lost_lookup",
    "evidence_evicted",
    "lost_incident_record",
    "lost_dialogue_record",
    "incident_records",
    "dialogue_records",
    "signals_suppressed",
    "attempts_suppressed",
    "unproven_suppressed",
    "syn",
    "syn_repeated",
    "flow_opened",
    "flow_midstream",
    "flow_closed",
    "reset",
    "ident_query",
    "ident_unrelated",
};
static_assert(!kCounterNames.back().empty(), "a counter of bpf/counters.h has no name here");

}  // namespace

std::string_view counter_name(core::counter counter) { return kCounterNames.at(counter); }

}  // namespace mxray
