// SPDX-License-Identifier: Apache-2.0
// What is wrong with the arguments, and what was probably meant?
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace mxray::cli {

/// A sentence without its end, or one that ends in a question: `did you mean 'flows'?`
std::string complaint(const CLI::App& app, const CLI::ParseError& error);

}  // namespace mxray::cli
