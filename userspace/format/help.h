// SPDX-License-Identifier: Apache-2.0
// How does --help look, and what does it say of each option?
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace mxray {

/// `--kind`, `-h, --help`, or the name of an argument: `FILE`.
std::string names_of(const CLI::Option& option);

/// `KIND`; empty for a flag and for an argument, whose name says it.
std::string value_of(const CLI::Option& option);

/// What the option does, its default and its variable; one paragraph, no line end.
std::string describe(const CLI::Option& option);

/// `FILE...`, `[ADDRESS...]`, `COMMAND`: what may follow the options.
std::string arguments_of(const CLI::App& app);

/// Options and what they do, in 80 columns.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_footer(const CLI::App* app) const override;
};

}  // namespace mxray
