// SPDX-License-Identifier: Apache-2.0
#include <sys/utsname.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include "base/time.h"
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
  input.connections_displaced = sources.connections_displaced();
  return {.content_type = std::string(content_type(format)),
          .body = render_metrics(input, format),
          .headers = {{"Vary", "Accept"}}};
}

/// Pages cost a few milliseconds of the one loop. All who ask together get a fifth of
/// its time, and some for a start; who asks when that is spent gets the page that
/// was made last.
class PageBudget {
 public:
  template <typename Make>
  const Response& get(const std::string& name, Make make) {
    constexpr std::int64_t kShare = 5, kMost_ns = 50'000'000;
    const auto begun_ns = static_cast<std::int64_t>(monotonic_ns());
    left_ns_ = std::min(kMost_ns, left_ns_ + (begun_ns - looked_ns_) / kShare);
    looked_ns_ = begun_ns;
    const auto latest = pages_.find(name);
    if (left_ns_ <= 0 && latest != pages_.end()) return latest->second;
    Response& page = pages_.insert_or_assign(name, make()).first->second;
    left_ns_ -= static_cast<std::int64_t>(monotonic_ns()) - begun_ns;
    return page;
  }

 private:
  std::int64_t left_ns_ = 0;
  std::int64_t looked_ns_ = 0;             // so that all of the budget is there at first
  std::map<std::string, Response> pages_;  // by a few fixed names
};

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
  return [&sources, &counter, pages = PageBudget()](const Request& request) mutable {
    Response response{.status = 404, .body = "no such page; see / and /metrics\n"};
    std::string_view handler = "unknown";
    if (request.path == "/metrics") {
      handler = "metrics";
      const MetricsFormat format = wanted_format(request.accept);
      response = pages.get(std::string(content_type(format)),
                           [&] { return metrics_page(sources, counter, format); });
    } else if (request.path == "/-/healthy") {
      handler = "health";
      response = {.body = "healthy\n"};
    } else if (request.path == "/-/ready") {
      handler = "health";
      response = pages.get(request.path, [&] { return readiness(sources); });
    } else if (request.path == "/") {
      handler = "landing";
      response = pages.get(request.path, [&] { return front_page(sources); });
    }
    counter.count(handler, response.status);
    return response;
  };
}

}  // namespace mxray
