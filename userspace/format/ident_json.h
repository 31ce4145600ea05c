// SPDX-License-Identifier: Apache-2.0
// How does it look as JSON who asks ident of whom, and how is it read back?
#pragma once

#include <string>
#include <string_view>

#include "analysis/snapshot.h"
#include "base/result.h"

namespace mxray {

/// One object on one line (schema_version 1), without the line end.
std::string to_json_line(const IdentView& view);

/// The inverse. Fails with the name of the first field that is wrong.
Result<IdentView> ident_from_json(std::string_view text);

/// One address of this host that was asked by `mxray check ident`.
struct IdentCheck {
  core::address address{};
  std::string interface;
  std::optional<core::address> from;   // in whose name; nullopt: nobody could ask
  std::optional<std::string> outcome;  // dropped reset unreachable answered
  std::optional<double> seconds;       // until the answer, or how long there was none
  std::string problem;                 // why it was not asked; empty if it was
};

std::string to_json_line(const IdentCheck& check);

}  // namespace mxray
