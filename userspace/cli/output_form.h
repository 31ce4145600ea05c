// SPDX-License-Identifier: Apache-2.0
// In which form does a subcommand show what it found?
#pragma once

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mxray::cli {

/// --output FORM, and --json for --output json.
class OutputForm {
 public:
  /// Adds both. `forms` without json, `line|table`, the default first; `json_help` says
  /// what a JSON object stands for.
  void add_options(CLI::App& app, const std::string& forms, const std::string& json_help);

  /// For what comes bit by bit: lines instead of a table, whose columns would have to be
  /// known before its rows.
  [[nodiscard]] OutputForm as_lines() const {
    OutputForm lines = *this;
    if (lines.is_table()) lines.form_ = "line";
    return lines;
  }
  [[nodiscard]] bool is_json() const { return json_ || form_ == "json"; }
  [[nodiscard]] bool is_table() const { return !json_ && form_ == "table"; }
  [[nodiscard]] bool is_text() const { return !json_ && form_ == "text"; }
  [[nodiscard]] bool is_line() const { return !json_ && form_ == "line"; }

 private:
  std::string form_;
  bool json_ = false;
};

}  // namespace mxray::cli
