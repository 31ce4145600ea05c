// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "daemon/incident_query.h"
#include "daemon/routes.h"
#include "daemon/status_page.h"
#include "format/flow_json.h"
#include "format/incident_json.h"

namespace mxray {
namespace {

constexpr std::string_view kIncidents = "/v1/incidents";
constexpr const char* kJson = "application/json";
constexpr const char* kJsonLines = "application/x-ndjson";

/// `sentence` has passed the sanitizer, so quotes are all that need escaping.
Response failure(int status, std::string_view sentence) {
  std::string escaped;
  for (const char c : sentence) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return {.status = status,
          .content_type = kJson,
          .body = fmt::format("{{\"error\": \"{}\"}}\n", escaped)};
}

std::uint64_t lost(const PageSources& sources) {
  return lost_records(sources.kernel_stats(), sources.totals(), sources.refused_records());
}

/// Lines whose reader must learn that some may be missing.
Response lines(std::string body, std::uint64_t records_lost) {
  return {.content_type = kJsonLines,
          .body = std::move(body),
          .headers = {{"X-Mxray-Records-Lost", std::to_string(records_lost)}}};
}

Response list_incidents(const PageSources& sources, const Request& request) {
  const Result<IncidentQuery> query = parse_incident_query(request.query);
  if (!query) return failure(400, query.error().message);
  std::string body;
  sources.incidents().visit(query->after, [&](std::uint64_t revision, const Incident& incident) {
    if (query->wants(incident)) body += to_json_line(incident, revision) + "\n";
  });
  Response response = lines(std::move(body), lost(sources));
  response.headers["X-Mxray-Complete-Since-Ns"] =
      std::to_string(sources.incidents().complete_since_ns());
  return response;
}

Response show_incident(const PageSources& sources, std::string_view id) {
  if (const Incident* recent = sources.incidents().find(id)) {
    return {.content_type = kJson, .body = to_json_full(*recent) + "\n"};
  }
  if (const auto stored = sources.stored_incident(id)) {
    return {.content_type = kJson, .body = to_json_full(*stored) + "\n"};
  }
  return failure(404, fmt::format("there is no incident {}", sanitize(id, 64)));
}

Response list_flows(const PageSources& sources) {
  std::string body;
  for (const FlowView& flow : sources.flows()) body += to_json_line(flow) + "\n";
  return lines(std::move(body), lost(sources));
}

Response show_status(const PageSources& sources) {
  const StoreHealth store = sources.store_health();
  return {.content_type = kJson,
          .body = status_page({.uptime_seconds = sources.uptime_seconds(),
                               .interfaces = sources.interfaces,
                               .kernel = sources.kernel_stats(),
                               .totals = sources.totals(),
                               .refused_records = sources.refused_records(),
                               .store_working = store.working,
                               .store_problem = store.problem}) +
                  "\n"};
}

Response answer(const PageSources& sources, const Request& request) {
  if (request.path == kIncidents) return list_incidents(sources, request);
  if (request.path.starts_with(std::string(kIncidents) + "/")) {
    return show_incident(sources, std::string_view(request.path).substr(kIncidents.size() + 1));
  }
  if (request.path == "/v1/flows") return list_flows(sources);
  if (request.path == "/v1/status") return show_status(sources);
  return failure(404, "there is no such page; there are /v1/incidents, /v1/flows and /v1/status");
}

}  // namespace

Handler api_routes(const PageSources& sources, RequestCounter& counter) {
  return [&sources, &counter](const Request& request) {
    Response response = answer(sources, request);
    counter.count("api", response.status);
    return response;
  };
}

}  // namespace mxray
