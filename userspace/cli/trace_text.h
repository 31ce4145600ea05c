// SPDX-License-Identifier: Apache-2.0
// How does a trace read, hop by hop and in the end?
#pragma once

#include <string>

#include "trace/trace.h"

namespace mxray::cli {

/// ` 7  10.77.7.1         50.6 ms  3/3`: distance, who answered, the least round
/// trip, answered and sent probes; ` 8  *` if nobody answered.
std::string hop_line(const Hop& hop);

/// `server 203.0.113.25:25 answers at hop 15, 100.8 ms`, or how far the trace
/// got and why no farther.
std::string trace_verdict(const trace::TraceResult& result);

/// What the trace found in the way, as one sentence; empty if nothing.
std::string interception_note(const trace::TraceResult& result);

}  // namespace mxray::cli
