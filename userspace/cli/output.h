// SPDX-License-Identifier: Apache-2.0
// Where does a subcommand write, and for what kind of reader?
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "cli/exit_code.h"

namespace mxray::cli {

/// Results go to `out`, everything about them to `err`, so that a pipe gets
/// results only.
struct Output {
  std::ostream& out;
  std::ostream& err;
  bool colour = false;
  int width = 0;          // columns of the terminal; 0: no terminal
  bool progress = false;  // somebody watches `err` as it comes: it is a terminal

  /// `mxray: message` on `err`; returns `code`.
  ExitCode fail(ExitCode code, std::string_view message) const;

  /// kPartial and a sentence on `err` if records were lost, else `otherwise`.
  ExitCode partial_or(std::uint64_t records_lost, ExitCode otherwise) const;
};

/// The process's own output: colour and width if stdout is a terminal; NO_COLOR
/// (no-color.org) and TERM=dumb switch colour off.
Output standard_output();

}  // namespace mxray::cli
