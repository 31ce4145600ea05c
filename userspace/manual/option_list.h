// SPDX-License-Identifier: Apache-2.0
// How do the options of a command become a list of the manual?
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace mxray::manual {

/// `text` as a sentence.
std::string capitalised(std::string text);

/// All options but --help; empty if there are none.
std::string option_list(const CLI::App& app);

}  // namespace mxray::manual
