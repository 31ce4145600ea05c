// SPDX-License-Identifier: Apache-2.0
#include "metrics/openmetrics.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>

namespace mxray {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kTotal = "_total";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Inf" : "+Inf";
  constexpr int kDigits = std::numeric_limits<double>::max_digits10 - 1;  // as prometheus-cpp
  return fmt::format("{:.{}g}", value, kDigits);
}

std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Histogram: return "histogram";
    default: return "unknown";
  }
}

class Page {
 public:
  explicit Page(const Exemplars& exemplars) : exemplars_(exemplars) {}

  void add(const MetricFamily& family) {
    add_description(family);
    for (std::size_t i = 0; i < family.metric.size(); ++i) {
      const ClientMetric& metric = family.metric[i];
      switch (family.type) {
        case MetricType::Counter:
          add_sample(family.name, metric, "", metric.counter.value);
          add_exemplar(family.name, i);
          text_ += '\n';
          break;
        case MetricType::Histogram: add_histogram(family.name, metric); break;
        default: add_sample(family.name, metric, "", metric.gauge.value); text_ += '\n';
      }
    }
  }

  std::string end() && { return std::move(text_) + "# EOF\n"; }

 private:
  // Here a counter's name is without `_total`, and the unit is its last word.
  void add_description(const MetricFamily& family) {
    std::string_view name = family.name;
    if (family.type == MetricType::Counter && name.ends_with(kTotal)) {
      name.remove_suffix(kTotal.size());
    }
    put("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help), name, type_name(family.type));
    for (const std::string_view unit : {"seconds", "bytes"}) {
      if (name.ends_with(fmt::format("_{}", unit))) put("# UNIT {} {}\n", name, unit);
    }
  }

  void add_sample(std::string_view name, const ClientMetric& metric, std::string_view bound,
                  double value) {
    text_ += name;
    char separator = '{';
    const auto add_label = [&](std::string_view label, std::string_view content) {
      put("{}{}=\"{}\"", separator, label, escaped(content));
      separator = ',';
    };
    for (const auto& label : metric.label) add_label(label.name, label.value);
    if (!bound.empty()) add_label("le", bound);
    if (separator == ',') text_ += '}';
    put(" {}", number(value));
  }

  void add_histogram(const std::string& name, const ClientMetric& metric) {
    const auto& histogram = metric.histogram;
    const auto count = static_cast<double>(histogram.sample_count);
    add_sample(name + "_count", metric, "", count);
    text_ += '\n';
    add_sample(name + "_sum", metric, "", histogram.sample_sum);
    text_ += '\n';
    for (const auto& bucket : histogram.bucket) {
      add_sample(name + "_bucket", metric, number(bucket.upper_bound),
                 static_cast<double>(bucket.cumulative_count));
      text_ += '\n';
    }
    add_sample(name + "_bucket", metric, "+Inf", count);
    text_ += '\n';
  }

  void add_exemplar(const std::string& family, std::size_t index) {
    const auto found = exemplars_.find({family, index});
    if (found == exemplars_.end()) return;
    const Exemplar& exemplar = found->second;
    put(" # {{{}=\"{}\"}} {} {:.3f}", exemplar.label_name, escaped(exemplar.label_value),
        number(exemplar.value), static_cast<double>(exemplar.time_ns) / 1e9);
  }

  template <typename... Arguments>
  void put(fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), form, std::forward<Arguments>(arguments)...);
  }

  const Exemplars& exemplars_;
  std::string text_;
};

}  // namespace

std::string to_openmetrics(const Families& families, const Exemplars& exemplars) {
  Page page(exemplars);
  for (const MetricFamily& family : families) page.add(family);
  return std::move(page).end();
}

}  // namespace mxray
