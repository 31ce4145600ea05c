// SPDX-License-Identifier: Apache-2.0
// Which parts of the manual are made from the program itself, so that they never differ
// from it?
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mxray::manual {

/// The options that all commands of mxray take, as a list.
std::string global_options();

/// What the exit codes of mxray mean, as a list.
std::string exit_codes();

/// A subsection each command: usage, what it does, its options, examples, exit codes.
std::string commands();

/// The options of mxrayd, as a list.
std::string daemon_options();

/// What an mxrayd.example.yaml says of itself before its first key, but for its question.
std::string configuration_introduction(std::string_view example);

/// The keys of an mxrayd.example.yaml, each with its comment and its lines. An error
/// names the line without a comment.
Result<std::string> configuration_keys(std::string_view example);

}  // namespace mxray::manual
