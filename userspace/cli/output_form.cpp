// SPDX-License-Identifier: Apache-2.0
#include "cli/output_form.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/value_sets.h"

namespace mxray::cli {

void OutputForm::add_options(CLI::App& app, const std::string& forms,
                             const std::string& json_help) {
  const std::string placeholder = forms + "|json";
  const std::vector<std::string> values = values_of(placeholder);
  form_ = values.front();
  CLI::Option* output =
      app.add_option("--output", form_, "the form of the output")
          ->type_name(placeholder)
          ->capture_default_str()
          ->check(CLI::Validator(
              [values](const std::string& text) {
                const bool known = std::find(values.begin(), values.end(), text) != values.end();
                return known ? std::string()
                             : fmt::format("'{}' is no form; there are {}", text, listed(values));
              },
              ""));
  app.add_flag("--json", json_, json_help)->excludes(output);
}

}  // namespace mxray::cli
