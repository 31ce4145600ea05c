// SPDX-License-Identifier: Apache-2.0
// How do families look in OpenMetrics 1.0?
//
// prometheus-cpp writes the older text format only. The sample lines of both are
// the same to the byte, so that a scraper that changes the format sees no new
// series; OpenMetrics adds exemplars and an end mark.
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "metrics/families.h"

namespace mxray {

/// One event that a counter counted. `label_value` is ours, never a packet's.
struct Exemplar {
  std::string label_name;
  std::string label_value;
  double value = 1;
  std::uint64_t time_ns = 0;  // wall clock
};

/// By the family's name and the sample's index in it; of counters only.
using Exemplars = std::map<std::pair<std::string, std::size_t>, Exemplar>;

/// The whole page. Families keep their names; those of counters end in `_total`.
std::string to_openmetrics(const Families& families, const Exemplars& exemplars);

}  // namespace mxray
