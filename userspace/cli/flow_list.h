// SPDX-License-Identifier: Apache-2.0
// How does a list of mail connections look: a row, a line or a JSON object each?
#pragma once

#include <string>
#include <string_view>

#include "analysis/snapshot.h"
#include "cli/output.h"
#include "cli/output_form.h"
#include "format/table.h"

namespace mxray::cli {

/// `2026-11-22T14:00:00.000000Z waiting pop3 192.168.1.200:1523 (as 203.0.113.9:42390) ->
/// 203.0.113.25:110 on eth0, waiting 12.5 s, ident dropped`, without the line end. The time
/// is that of the state as far as it is known: opened, greeted, closed.
std::string one_line(const FlowView& flow, Zone zone);

/// Lines go out at once, a table when all its rows are known.
class FlowList {
 public:
  /// `with_time`: rows say when the connection was opened. Both references must outlive
  /// the list.
  FlowList(const OutputForm& form, const Output& output, bool with_time);

  /// `json`: the flow as the daemon wrote it.
  void add(const FlowView& flow, std::string_view json);
  /// Writes the table, if it is one.
  void finish();
  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  void add_row(const FlowView& flow);

  const OutputForm& form_;
  const Output& output_;
  bool with_time_;
  Table table_;
  std::size_t count_ = 0;
};

}  // namespace mxray::cli
