// SPDX-License-Identifier: Apache-2.0
#include "metrics/families.h"

#include "base/text.h"

namespace mxray {
namespace {

prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
  prometheus::MetricFamily result;
  result.name = std::move(name);
  result.help = std::move(help);
  result.type = type;
  return result;
}

prometheus::ClientMetric& add_sample(prometheus::MetricFamily& family, const Labels& labels) {
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  for (const auto& [name, value] : labels) {
    metric.label.push_back({std::string(name), sanitize(value)});
  }
  return metric;
}

}  // namespace

prometheus::MetricFamily counter(std::string name, std::string help) {
  return family(std::move(name), std::move(help), prometheus::MetricType::Counter);
}

prometheus::MetricFamily gauge(std::string name, std::string help) {
  return family(std::move(name), std::move(help), prometheus::MetricType::Gauge);
}

prometheus::MetricFamily histogram(std::string name, std::string help) {
  return family(std::move(name), std::move(help), prometheus::MetricType::Histogram);
}

void add(prometheus::MetricFamily& family, const Labels& labels, double value) {
  prometheus::ClientMetric& metric = add_sample(family, labels);
  if (family.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void add(prometheus::MetricFamily& family, const Labels& labels, std::uint64_t value) {
  add(family, labels, static_cast<double>(value));
}

void add(prometheus::MetricFamily& family, const Labels& labels,
         prometheus::ClientMetric::Histogram value) {
  add_sample(family, labels).histogram = std::move(value);
}

prometheus::MetricFamily with(prometheus::MetricFamily family, double value) {
  add(family, {}, value);
  return family;
}

prometheus::MetricFamily with(prometheus::MetricFamily family, std::uint64_t value) {
  add(family, {}, value);
  return family;
}

}  // namespace mxray
