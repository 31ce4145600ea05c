// SPDX-License-Identifier: Apache-2.0
// Where does a subcommand write, and for what kind of reader?
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string_view>

#include "base/time.h"
#include "cli/descriptor_stream.h"
#include "cli/exit_code.h"

namespace mxray::cli {

/// Results go to `out`, everything about them to `err`, so that a pipe gets
/// results only.
struct Output {
  std::ostream& out;
  std::ostream& err;
  bool terminal = false;  // `out` is one
  bool colour = false;
  int width = 0;                       // columns to keep to; 0: lines are as long as they like
  bool progress = false;               // somebody watches `err` as it comes: it is a terminal
  Zone zone = Zone::kUtc;              // of the times that people read; JSON is always in UTC
  std::function<int()> write_error{};  // the errno for which `out` failed; none: unknown
  int descriptor = -1;                 // that `out` writes to; -1: to none

  /// `mxray: message` on `err`, made fit to be read; returns `code`.
  ExitCode fail(ExitCode code, std::string_view message) const;

  /// kPartial and a sentence on `err` if records were lost, else `otherwise`.
  ExitCode partial_or(std::uint64_t records_lost, ExitCode otherwise) const;
};

/// Whether to colour, by the environment: NO_COLOR (no-color.org) forbids it,
/// CLICOLOR_FORCE (bixense.com/clicolors) demands it even without a terminal; else a
/// terminal that is not dumb has it.
bool wants_colour(bool terminal);

/// The process's own output, by way of `out`, which must outlive it. Its width is COLUMNS,
/// else the terminal's.
Output standard_output(DescriptorStream& out);

}  // namespace mxray::cli
