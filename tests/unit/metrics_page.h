// SPDX-License-Identifier: Apache-2.0
// How do the tests read a page of metrics?
#pragma once

#include <map>
#include <sstream>
#include <string>

#include "metrics/metrics.h"

namespace mxray {

/// Samples by name and labels as they stand in the page.
class MetricsPage {
 public:
  explicit MetricsPage(const MetricsInput& input) : text_(render_metrics(input)) {
    std::istringstream lines(text_);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with('#')) continue;
      const std::size_t space = line.rfind(' ');
      samples_[line.substr(0, space)] = std::stod(line.substr(space + 1));
    }
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const std::map<std::string, double>& samples() const { return samples_; }
  [[nodiscard]] bool has(const std::string& sample) const { return samples_.contains(sample); }
  /// -1, which no sample of ours is, if it is missing.
  [[nodiscard]] double operator[](const std::string& sample) const {
    const auto found = samples_.find(sample);
    return found == samples_.end() ? -1 : found->second;
  }

 private:
  std::string text_;
  std::map<std::string, double> samples_;
};

}  // namespace mxray
