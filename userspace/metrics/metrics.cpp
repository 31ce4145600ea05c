// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include "metrics/subjects.h"

namespace mxray {

std::string_view content_type(MetricsFormat format) {
  return format == MetricsFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string render_metrics(const MetricsInput& input, MetricsFormat format) {
  Families families;
  add_daemon_families(input, read_process_stats(), families);
  add_mail_families(input.totals, families);
  add_delay_families(input.kernel, families);
  add_core_families(input.kernel, families);
  add_store_families(input.store, families);
  // A family without samples would be two comments about nothing.
  std::erase_if(families, [](const prometheus::MetricFamily& f) { return f.metric.empty(); });
  if (format == MetricsFormat::kOpenMetrics) {
    return to_openmetrics(families, incident_exemplars(input.totals));
  }
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace mxray
