// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>

#include "base/text.h"
#include "daemon/flow_query.h"
#include "daemon/incident_query.h"
#include "daemon/routes.h"
#include "daemon/session_query.h"
#include "daemon/status_page.h"
#include "format/flow_json.h"
#include "format/ident_json.h"
#include "format/incident_json.h"
#include "format/path_json.h"
#include "format/sender_json.h"

namespace mxray {
namespace {

constexpr std::string_view kIncidents = "/v1/incidents";
constexpr std::string_view kPaths = "/v1/paths";
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
  std::deque<std::pair<std::uint64_t, const Incident*>> wanted;
  sources.incidents().visit(query->after, [&](std::uint64_t revision, const Incident& incident) {
    if (query->wants(incident)) wanted.emplace_back(revision, &incident);
    if (query->limit && wanted.size() > *query->limit) wanted.pop_front();
  });
  std::string body;
  for (const auto& [revision, incident] : wanted) body += to_json_line(*incident, revision) + "\n";
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

Response list_flows(const PageSources& sources, const Request& request) {
  const Result<FlowChoice> choice = parse_flow_query(request.query);
  if (!choice) return failure(400, choice.error().message);
  std::string body;
  for (const FlowView& flow : sources.flows(*choice)) body += to_json_line(flow) + "\n";
  return lines(std::move(body), lost(sources));
}

Response list_idents(const PageSources& sources) {
  std::string body;
  for (const IdentView& view : sources.idents()) body += to_json_line(view) + "\n";
  return lines(std::move(body), lost(sources));
}

Response list_senders(const PageSources& sources) {
  std::string body;
  for (const MailSender& seen : sources.senders()) {
    Sender sender{.address = seen.address};
    if (!seen.helo.empty()) sender.helo = seen.helo;
    if (!seen.sender_domain.empty()) sender.sender_domain = seen.sender_domain;
    sender.sessions = seen.sessions;
    sender.last_seen_ns = seen.last_seen_ns;
    body += to_json_line(sender) + "\n";
  }
  return lines(std::move(body), lost(sources));
}

/// Flows that opened in the range: what is kept of closed ones page by page, and
/// with the first page those of now. One may be among both.
Response list_sessions(const PageSources& sources, const Request& request) {
  const Result<SessionQuery> query = parse_session_query(request.query);
  if (!query) return failure(400, query.error().message);
  std::string body;
  const auto add = [&](const FlowView& flow) {
    if (query->wants(flow)) body += to_json_line(flow) + "\n";
  };
  const FlowPage page = sources.flows_opened(query->filter);
  if (!query->filter.after) {
    for (const FlowView& flow : sources.flows({})) add(flow);
  }
  for (const FlowView& flow : page.flows) add(flow);
  Response response = lines(std::move(body), lost(sources));
  response.headers["X-Mxray-Complete-Since-Ns"] = std::to_string(sources.watched_since_ns());
  if (page.next) response.headers["X-Mxray-Next"] = to_string(*page.next);
  return response;
}

Response show_status(const PageSources& sources) {
  const StoreHealth store = sources.store_health();
  return {
      .content_type = kJson,
      .body = status_page({.uptime_seconds = sources.uptime_seconds(),
                           .interfaces = sources.interfaces(),
                           .kernel = sources.kernel_stats(),
                           .totals = sources.totals(),
                           .refused_records = sources.refused_records(),
                           .store_working = store.working,
                           .store_problem = store.problem,
                           .reload_problems = {.config = sources.config_reload().problem,
                                               .web_config = sources.web_config_reload().problem},
                           .privileges = sources.privileges(),
                           .pin_dir = sources.pin_dir()}) +
              "\n"};
}

Response list_paths(const PageSources& sources) {
  std::string body;
  for (const Path& path : sources.paths()) body += to_json_line(path) + "\n";
  return {.content_type = kJsonLines, .body = std::move(body)};
}

Response show_path(const PageSources& sources, const std::string& server) {
  const auto address = parse_address(server);
  if (!address) {
    return failure(400, fmt::format("server: '{}' is no address", sanitize(server, 64)));
  }
  const auto path = sources.latest_path(*address);
  if (!path) return failure(404, "there is no path to " + to_string(*address));
  return {.content_type = kJson, .body = to_json_line(*path) + "\n"};
}

Response keep_path(const PageSources& sources, const std::string& body) {
  const Result<Path> path = path_from_json(body);
  if (!path) return failure(400, sanitize(path.error().message));
  if (path->time_ns == 0) return failure(400, "path.time is null: say when it was measured");
  sources.keep_path(*path);
  return {.content_type = kJson, .body = to_json_line(*path) + "\n"};
}

Response answer_paths(const PageSources& sources, const Request& request) {
  if (request.method == "PUT") return keep_path(sources, request.body);
  const auto server = request.query.find("server");
  return server == request.query.end() ? list_paths(sources) : show_path(sources, server->second);
}

Response answer(const PageSources& sources, const Request& request) {
  if (request.path == kPaths) return answer_paths(sources, request);
  if (request.method == "PUT") {
    Response refusal = failure(405, fmt::format("only {} takes a PUT", kPaths));
    refusal.headers = {{"Allow", "GET, HEAD"}};
    return refusal;
  }
  if (request.path == kIncidents) return list_incidents(sources, request);
  if (request.path.starts_with(std::string(kIncidents) + "/")) {
    return show_incident(sources, std::string_view(request.path).substr(kIncidents.size() + 1));
  }
  if (request.path == "/v1/flows") return list_flows(sources, request);
  if (request.path == "/v1/ident") return list_idents(sources);
  if (request.path == "/v1/senders") return list_senders(sources);
  if (request.path == "/v1/sessions") return list_sessions(sources, request);
  if (request.path == "/v1/status") return show_status(sources);
  return failure(404,
                 "there is no such page; there are /v1/incidents, /v1/flows, /v1/ident, "
                 "/v1/paths, /v1/senders, /v1/sessions and /v1/status");
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
