// SPDX-License-Identifier: Apache-2.0
// How is a family of samples put together?
//
// Every family starts here, so that each has a HELP and every label value has
// passed the sanitizer: one invalid UTF-8 byte makes Prometheus drop the target.
// Internal to metrics/.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mxray {

using Families = std::vector<prometheus::MetricFamily>;
using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// An empty family; counters are named `..._total`.
prometheus::MetricFamily counter(std::string name, std::string help);
prometheus::MetricFamily gauge(std::string name, std::string help);
prometheus::MetricFamily histogram(std::string name, std::string help);

/// Adds a sample. A count beyond 2^53 loses its last digits, as everywhere in
/// Prometheus.
void add(prometheus::MetricFamily& family, const Labels& labels, double value);
void add(prometheus::MetricFamily& family, const Labels& labels, std::uint64_t value);
void add(prometheus::MetricFamily& family, const Labels& labels,
         prometheus::ClientMetric::Histogram value);

/// A family of one sample without labels.
prometheus::MetricFamily with(prometheus::MetricFamily family, double value);
prometheus::MetricFamily with(prometheus::MetricFamily family, std::uint64_t value);

}  // namespace mxray
