// SPDX-License-Identifier: Apache-2.0
// Which daemon is this, whom did it answer, and what does it use itself?
#include <fmt/format.h>

#include "metrics/subjects.h"

namespace mxray {
namespace {

void add_process_families(const ProcessStats& process, Families& families) {
  const auto put = [&](prometheus::MetricFamily family, const std::optional<double>& value) {
    if (value) families.push_back(with(std::move(family), *value));
  };
  put(counter("process_cpu_seconds_total", "Processor time used, user and system."),
      process.cpu_seconds);
  put(gauge("process_resident_memory_bytes", "Memory in use."), process.resident_bytes);
  put(gauge("process_virtual_memory_bytes", "Memory mapped."), process.virtual_bytes);
  put(gauge("process_start_time_seconds", "Start of the process, seconds since 1970."),
      process.start_time_seconds);
  put(gauge("process_open_fds", "File descriptors open."), process.open_fds);
  put(gauge("process_max_fds", "File descriptors allowed."), process.max_fds);
}

// Named as Prometheus names its own.
void add_reload_families(const std::string& prefix, std::string_view what, const Reload& reload,
                         Families& families) {
  families.push_back(
      with(gauge(prefix + "_last_reload_successful",
                 fmt::format("1 if the last attempt to read {} succeeded, else 0.", what)),
           reload.successful ? 1.0 : 0.0));
  families.push_back(
      with(gauge(prefix + "_last_reload_success_timestamp_seconds",
                 fmt::format("When {} was last read with success, seconds since 1970.", what)),
           reload.success_seconds));
}

}  // namespace

void add_daemon_families(const MetricsInput& input, const ProcessStats& process,
                         Families& families) {
  auto build = gauge("mxray_build_info", "Always 1; the labels say what runs.");
  add(build, {{"version", input.version}, {"kernel", input.kernel_release}}, 1.0);
  families.push_back(std::move(build));

  auto requests = counter("mxray_http_requests_total", "HTTP requests answered.");
  for (const HttpRequests& row : input.http_requests) {
    const std::string code = std::to_string(row.code);
    add(requests, {{"handler", row.handler}, {"code", code}}, row.count);
  }
  families.push_back(std::move(requests));
  families.push_back(with(counter("mxray_http_connections_displaced_total",
                                  "HTTP connections closed to make room for new ones."),
                          input.connections_displaced));
  families.push_back(with(counter("mxray_records_refused_total",
                                  "Records refused on reading: not of this mxrayd's version."),
                          input.records_refused));
  add_reload_families("mxray_config", "the configuration", input.config, families);
  add_reload_families("mxray_web_config", "the web configuration", input.web_config, families);
  add_process_families(process, families);
}

}  // namespace mxray
