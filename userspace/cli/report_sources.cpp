// SPDX-License-Identifier: Apache-2.0
#include "cli/report_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "cli/forger_place.h"
#include "cli/session_pages.h"
#include "format/incident_json.h"

namespace mxray::cli {
namespace {

// A number that helps is not worth a minute of a busy daemon's time.
constexpr std::size_t kMostPages = 50;
constexpr std::size_t kMostServers = 64;  // more would make the request too long

ReportMaterial failed(ExitCode exit, std::string message) {
  return {.input = {}, .exit = exit, .message = std::move(message)};
}

ReportMaterial failed(const Answer& answer) { return failed(answer.exit, answer.message); }

/// The period of a single incident: what its packets span.
void narrow_to(const Incident& incident, ReportInput& input) {
  input.since_ns = input.until_ns = incident.time_ns;
  for (const PacketRow& packet : incident.packets) {
    input.since_ns = std::min(input.since_ns, packet.time_ns);
    input.until_ns = std::max(input.until_ns, packet.time_ns);
  }
}

/// Those of the period, by their server.
class ConnectionCounter {
 public:
  explicit ConnectionCounter(const ReportInput& input) : input_(input) {}

  void add(const FlowView& flow) {
    if (flow.opened_ns < input_.since_ns || flow.opened_ns > input_.until_ns) return;
    ++counts_[to_string(flow.server)];
    if (flow.published_server && !(*flow.published_server == flow.server)) {
      ++counts_[to_string(*flow.published_server)];
    }
  }
  [[nodiscard]] std::map<std::string, std::uint64_t> counts() const { return counts_; }

 private:
  const ReportInput& input_;
  std::map<std::string, std::uint64_t> counts_;
};

/// With --path the path given, else the daemon's latest one to the incident's server.
class Paths {
 public:
  Paths(const std::string& given, const DaemonClient* daemon) : given_(given), daemon_(daemon) {}

  std::optional<Path> to(const Endpoint& server) {
    if (!given_.empty()) {
      Result<Path> path = path_to_server(given_, server);
      if (path) return *std::move(path);
      if (problem_.empty()) problem_ = path.error().message;
      return std::nullopt;
    }
    if (daemon_ == nullptr) return std::nullopt;
    const std::string name = to_string(server.address);
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    return known_[name] = latest_path(*daemon_, server);
  }
  /// Why the given path fits an incident not.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  const std::string& given_;
  const DaemonClient* daemon_;
  std::map<std::string, std::optional<Path>> known_;
  std::string problem_;
};

/// Fills the places of the forgers that the page shows; fails if --path fits none.
Status add_places(ReportInput& input, Paths& paths) {
  const std::vector<std::string> shown = ids_in_full(input.incidents);
  for (const Incident& incident : input.incidents) {
    if (!is_forgery(incident.kind)) continue;
    if (std::find(shown.begin(), shown.end(), incident.id) == shown.end()) continue;
    if (const auto path = paths.to(incident.server)) {
      input.places[incident.id] = {place_name(place(incident, *path)), where(incident, path)};
    }
  }
  if (input.places.empty() && !paths.problem().empty()) {
    return Error{"--path: " + paths.problem()};
  }
  return Ok{};
}

Result<Incident> fetch(const DaemonClient& daemon, const std::string& id) {
  const Answer answer = daemon.get("/v1/incidents/" + percent_encode(id));
  if (answer.exit != ExitCode::kOk) return Error{answer.message};
  return incident_from_json(answer.body);
}

Answer fetch_all(const DaemonClient& daemon, const ReportWish& wish, ReportInput& input) {
  Answer answer = daemon.get("/v1/incidents", wish.query);
  if (answer.exit != ExitCode::kOk) return answer;
  for (const std::string_view line : lines_of(answer.body)) {
    auto incident = incident_from_json(line);
    if (!incident) return daemon.not_understood("incident", incident.error().message);
    if (incident->time_ns < wish.since_ns || incident->time_ns > wish.until_ns) continue;
    if (wish.wants(*incident)) input.incidents.push_back(*std::move(incident));
  }
  input.complete_since_ns = answer.complete_since_ns;
  // The list has no packets. One that the daemon forgets meanwhile is shown without.
  std::unordered_map<std::string, Incident*> by_id;
  for (Incident& incident : input.incidents) by_id[incident.id] = &incident;
  for (const std::string& id : ids_in_full(input.incidents)) {
    Result<Incident> full = fetch(daemon, id);
    if (full) by_id.at(id)->packets = std::move(full->packets);
  }
  return answer;
}

Answer fetch_one(const DaemonClient& daemon, const std::string& id, ReportInput& input) {
  Answer answer = daemon.get("/v1/incidents/" + percent_encode(id));
  if (answer.not_found) {
    answer.message = fmt::format(
        "there is no incident '{}'; `mxray incidents` lists those that the daemon keeps", id);
  }
  if (answer.exit != ExitCode::kOk) return answer;
  auto incident = incident_from_json(answer.body);
  if (!incident) return daemon.not_understood("incident", incident.error().message);
  narrow_to(*incident, input);
  input.incidents.push_back(*std::move(incident));
  return answer;
}

/// How many connections the servers had; none counted if that would take too long.
void count_connections(const DaemonClient& daemon, ReportInput& input) {
  std::set<std::string> servers;
  for (const Incident& incident : input.incidents) servers.insert(to_string(incident.server));
  if (servers.empty() || servers.size() > kMostServers) return;
  std::string list;
  for (const std::string& server : servers) list += (list.empty() ? "" : ",") + server;
  ConnectionCounter counter(input);
  const Answer last = visit_sessions(
      daemon,
      {{"since_ns", std::to_string(input.since_ns)},
       {"until_ns", std::to_string(input.until_ns)},
       {"server", list}},
      [&counter](const FlowView& flow, std::string_view) { counter.add(flow); }, kMostPages);
  if (last.exit == ExitCode::kOk && last.next.empty()) input.connections = counter.counts();
}

}  // namespace

ReportMaterial material_of_daemon(const DaemonClient& daemon, const ReportWish& wish) {
  ReportInput input;
  input.since_ns = wish.since_ns;
  input.until_ns = wish.until_ns;
  const Answer answer = daemon.get("/v1/status");
  if (answer.exit != ExitCode::kOk) return failed(answer);
  auto status = status_from_json(answer.body);
  if (!status) return failed(daemon.not_understood("status", status.error().message));
  input.status = *std::move(status);
  const Answer told = wish.incident.empty() ? fetch_all(daemon, wish, input)
                                            : fetch_one(daemon, wish.incident, input);
  if (told.exit != ExitCode::kOk) return failed(told);
  Paths paths(wish.path, &daemon);
  if (const Status placed = add_places(input, paths); !placed) {
    return failed(ExitCode::kUsage, placed.error().message);
  }
  if (wish.incident.empty()) count_connections(daemon, input);
  return {.input = std::move(input), .exit = ExitCode::kOk, .message = {}};
}

ReportMaterial material_of_captures(const std::vector<std::string>& files,
                                    const ReplayArguments& judging, const ReportWish& wish) {
  ReplayOptions settings = judging.settings();
  std::vector<FlowView> flows;
  settings.analyzer.on_flow_closed = [&flows](const FlowView& flow) { flows.push_back(flow); };
  ReplayResult result = replay(files, settings);
  if (result.error && result.packets == 0) return failed(ExitCode::kUsage, result.error->message);

  ReportInput input;
  input.since_ns = std::max(wish.since_ns, std::min(result.first_packet_ns, wish.until_ns));
  input.until_ns = wish.until_ns;
  if (wish.until_ns == 0) {
    input.since_ns = result.first_packet_ns;
    input.until_ns = result.last_packet_ns;
  }
  for (Incident& incident : result.incidents) {
    const bool wanted = wish.incident.empty()
                            ? incident.time_ns >= input.since_ns &&
                                  incident.time_ns <= input.until_ns && wish.wants(incident)
                            : incident.id == wish.incident;
    if (wanted) input.incidents.push_back(std::move(incident));
  }
  if (!wish.incident.empty()) {
    if (input.incidents.empty()) {
      return failed(ExitCode::kUsage, fmt::format("there is no incident '{}' in these files; "
                                                  "`mxray replay` lists those that are",
                                                  wish.incident));
    }
    narrow_to(input.incidents.front(), input);
  }
  Paths paths(wish.path, nullptr);
  if (const Status placed = add_places(input, paths); !placed) {
    return failed(ExitCode::kUsage, placed.error().message);
  }
  if (wish.incident.empty()) {
    ConnectionCounter counter(input);
    // Told of when it ended, a connection may still be known.
    std::set<std::string> known;
    const auto count = [&](const FlowView& flow) {
      if (known.insert(key_of(flow)).second) counter.add(flow);
    };
    std::for_each(result.flows.begin(), result.flows.end(), count);
    std::for_each(flows.begin(), flows.end(), count);
    input.connections = counter.counts();
  }

  CaptureFacts facts{.files = {},
                     .packets = result.packets,
                     .first_packet_ns = result.first_packet_ns,
                     .last_packet_ns = result.last_packet_ns,
                     .problem = result.error ? result.error->message : ""};
  for (const std::string& file : files) {
    facts.files.push_back(std::filesystem::path(file).filename().string());
  }
  input.captures = std::move(facts);
  input.status.version = MXRAY_VERSION;
  input.status.records_lost = records_lost(result.stats, result.totals);
  input.status.kernel = std::move(result.stats);
  input.status.totals = result.totals;
  return {.input = std::move(input),
          .exit = result.error ? ExitCode::kUsage : ExitCode::kOk,
          .message = result.error ? result.error->message : ""};
}

}  // namespace mxray::cli
