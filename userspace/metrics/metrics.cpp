// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include "metrics/subjects.h"

namespace mxray {

std::string render_metrics(const MetricsInput& input) {
  Families families;
  add_daemon_families(input, read_process_stats(), families);
  add_mail_families(input.totals, families);
  add_delay_families(input.kernel, families);
  add_core_families(input.kernel, families);
  add_store_families(input.store, families);
  // A family without samples would be two comments about nothing.
  std::erase_if(families, [](const prometheus::MetricFamily& f) { return f.metric.empty(); });
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace mxray
