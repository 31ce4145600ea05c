// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <algorithm>
#include <string>

#include "daemon/command_line.h"
#include "daemon/landing_page.h"
#include "daemon/routes.h"
#include "metrics/metrics.h"
#include "server/negotiation.h"

namespace mxray {
namespace {

constexpr std::size_t kIncidentsShown = 50;

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? std::string(names.release) : std::string();
}

// OpenMetrics for those who want it more than the older format, as Prometheus does.
MetricsFormat wanted_format(const std::string& accept) {
  const double text = quality_of(accept, "text/plain", "0.0.4");
  const double openmetrics = quality_of(accept, "application/openmetrics-text", "1.0.0");
  return openmetrics > text ? MetricsFormat::kOpenMetrics : MetricsFormat::kText;
}

Response metrics_page(const PageSources& sources, const RequestCounter& counter,
                      MetricsFormat format) {
  MetricsInput input;
  input.kernel = sources.kernel_stats();
  input.totals = sources.totals();
  input.store = sources.store_health();
  input.records_refused = sources.refused_records();
  input.version = version();
  input.kernel_release = kernel_release();
  for (const auto& [request, count] : counter.counts()) {
    input.http_requests.push_back(
        {.handler = request.first, .code = request.second, .count = count});
  }
  input.config = sources.config_reload();
  input.web_config = sources.web_config_reload();
  return {.content_type = std::string(content_type(format)),
          .body = render_metrics(input, format),
          .headers = {{"Vary", "Accept"}}};
}

Response readiness(const PageSources& sources) {
  if (is_attached(sources.kernel_stats())) return {.body = "ready\n"};
  return {.status = 503, .body = "no interface is attached yet; see mxray status\n"};
}

Response front_page(const PageSources& sources) {
  return {
      .content_type = "text/html; charset=utf-8",
      .body = landing_page(sources.incidents().latest(kIncidentsShown), sources.kernel_stats()),
      // Even if some text got past the escaping, it could run nothing.
      .headers = {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"}}};
}

}  // namespace

bool is_attached(const KernelStats& stats) {
  return std::any_of(stats.attachments.begin(), stats.attachments.end(),
                     [](const Attachment& attachment) { return attachment.hook != "none"; });
}

Handler web_routes(const PageSources& sources, RequestCounter& counter) {
  return [&sources, &counter](const Request& request) {
    Response response{.status = 404, .body = "no such page; see / and /metrics\n"};
    std::string_view handler = "unknown";
    if (request.path == "/metrics") {
      handler = "metrics";
      response = metrics_page(sources, counter, wanted_format(request.accept));
    } else if (request.path == "/-/healthy") {
      handler = "health";
      response = {.body = "healthy\n"};
    } else if (request.path == "/-/ready") {
      handler = "health";
      response = readiness(sources);
    } else if (request.path == "/") {
      handler = "landing";
      response = front_page(sources);
    }
    counter.count(handler, response.status);
    return response;
  };
}

}  // namespace mxray
