// SPDX-License-Identifier: Apache-2.0
// What do the tests of the report show?
#pragma once

#include <cstddef>
#include <string>

#include "report/report.h"

namespace mxray::samples {

/// The forged reply, the ident stall and the bare reset of format_samples.h, by a daemon
/// that lost nothing.
ReportInput report();

/// One incident of each kind, as the analysis words them, by a daemon.
ReportInput every_kind();

/// `count` incidents of three days: a wave of forged replies with two texts to 40 servers,
/// with ident stalls and refusals between.
ReportInput many(std::size_t count);

/// Text that tries what it can to get out of its place: markup, quotes, an entity, escape
/// sequences, marks of direction, broken UTF-8, 4 KB without a space.
std::string hostile_text();

/// hostile_text() in every field that is text, of every kind of incident.
ReportInput hostile_report();

}  // namespace mxray::samples
