// SPDX-License-Identifier: Apache-2.0
#include "cli/value_sets.h"

#include <algorithm>

#include "analysis/incident.h"
#include "analysis/reply_reasons.h"
#include "analysis/snapshot.h"

namespace mxray::cli {
namespace {

template <typename Enum>
std::vector<std::string> names(std::size_t count, std::size_t first = 0) {
  std::vector<std::string> all;
  for (std::size_t i = first; i < count; ++i) all.emplace_back(name_of(static_cast<Enum>(i)));
  return all;
}

}  // namespace

std::vector<std::string> values_of(std::string_view placeholder) {
  if (placeholder == "KIND") return names<Kind>(kKindCount);
  if (placeholder == "CONFIDENCE") return names<Confidence>(kConfidenceCount);
  if (placeholder == "REASON") return names<Reason>(kReasonCount);
  if (placeholder == "STATE") return names<FlowState>(kFlowStateCount);
  if (placeholder == "PROTOCOL") {
    return names<core::protocol>(core::PROTOCOL_COUNT, core::PROTOCOL_NONE + 1);
  }
  std::vector<std::string> all;
  if (placeholder.find_first_of("[] ") != std::string_view::npos) return all;
  while (placeholder.find('|') != std::string_view::npos) {
    const std::size_t bar = placeholder.find('|');
    all.emplace_back(placeholder.substr(0, bar));
    placeholder.remove_prefix(bar + 1);
  }
  if (!all.empty()) all.emplace_back(placeholder);
  return all;
}

std::string listed(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

}  // namespace mxray::cli
