// SPDX-License-Identifier: Apache-2.0
// forged_reply: did somebody answer in the server's name, or speak in the client's?
#pragma once

#include <vector>

#include "analysis/context.h"
#include "record.h"

namespace mxray {

/// A data segment raised signals, perhaps because it contradicts an earlier
/// one: raises the flow's incident, or amends it with the genuine reply.
void weigh_data(Context& context, Flow& flow, const core::record_signal& record);

/// The receiver acknowledged suspect bytes: the damage is proved.
void note_accepted(Context& context, Flow& flow, const core::record_signal& record);

/// Adds to the packets that the flow's incident shows. Which of them are marked is the
/// core's first impression; what the incident says of a pair corrects it.
void show_packets(Flow& flow, std::vector<PacketRow> rows);

/// The flow is over: what was not accepted by now never was.
void settle_forged_reply(Context& context, Flow& flow);

}  // namespace mxray
