// SPDX-License-Identifier: Apache-2.0
// How does a list of incidents look: a line, a row or a JSON object each?
#pragma once

#include <string_view>

#include "analysis/incident.h"
#include "cli/output.h"
#include "cli/output_form.h"
#include "format/table.h"

namespace mxray::cli {

/// Red, or yellow if it is only possible.
Colour colour_of(const Incident& incident);

/// Lines go out at once, a table when all its rows are known.
class IncidentList {
 public:
  /// Both must outlive the list.
  IncidentList(const OutputForm& form, const Output& output);

  /// `json`: the incident as the daemon wrote it.
  void add(const Incident& incident, std::string_view json);
  /// Writes the table, if it is one.
  void finish();
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  const OutputForm& form_;
  const Output& output_;
  Table table_;
  std::size_t count_ = 0;
};

}  // namespace mxray::cli
