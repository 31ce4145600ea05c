// SPDX-License-Identifier: Apache-2.0
// Which packets are shown around an incident?
#pragma once

#include <vector>

#include "analysis/incident.h"
#include "record.h"

namespace mxray {

/// The packets that a signal carries: handshake, first answers, latest ones and
/// the one at hand, by time, each once.
std::vector<PacketRow> packet_rows(const core::record_signal& record);

/// Whether `row` is that packet of the same end, as is_same_packet() has it.
bool is_row_of(const PacketRow& row, const core::segment& segment);

/// The packet of an ident record, seen from the mail connection: the asking
/// server is its server.
PacketRow ident_row(const core::record_ident& record);

/// Adds `more` to `rows`, by time, each packet once; a packet once known to be
/// suspect stays so. At most 64 are kept: the first ones, then the latest.
void merge_rows(std::vector<PacketRow>& rows, std::vector<PacketRow> more);

}  // namespace mxray
