// SPDX-License-Identifier: Apache-2.0
#include "cli/bounce_sessions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "cli/session_pages.h"
#include "format/incident_json.h"
#include "replay/replay.h"

namespace mxray::cli {
namespace {

using maillog::FailedDelivery;
using maillog::Sessions;
using maillog::Watched;

// The daemon finds sessions by when they opened; hardly one lasts longer.
constexpr std::uint64_t kLongestSessionNs = std::uint64_t{3600} * 1'000'000'000;
constexpr std::size_t kMaxHosts = 64;  // more would make the request too long

/// The hours in which sessions may have opened that matter, joined where they overlap.
std::vector<Watched> ranges_of(const std::vector<FailedDelivery>& batch) {
  std::vector<Watched> ranges;
  for (const FailedDelivery& delivery : batch) {
    if (!delivery.remote) continue;
    Watched range = time_around(delivery);
    range.since_ns -= std::min(range.since_ns, kLongestSessionNs);
    ranges.push_back(range);
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const Watched& a, const Watched& b) { return a.since_ns < b.since_ns; });
  std::vector<Watched> joined;
  for (const Watched& range : ranges) {
    if (!joined.empty() && range.since_ns <= joined.back().until_ns) {
      joined.back().until_ns = std::max(joined.back().until_ns, range.until_ns);
    } else {
      joined.push_back(range);
    }
  }
  return joined;
}

bool is_among(const std::set<std::string>& hosts, const std::optional<Endpoint>& endpoint) {
  return endpoint && hosts.contains(to_string(endpoint->address));
}

std::string list_of(const std::set<std::string>& hosts) {
  std::string list;
  for (const std::string& host : hosts) list += (list.empty() ? "" : ",") + host;
  return list;
}

}  // namespace

CaptureSessions sessions_of_captures(const std::vector<std::string>& files) {
  CaptureSessions captured;
  ReplayOptions options;
  std::vector<FlowView> closed;
  options.analyzer.on_flow_closed = [&closed](const FlowView& flow) { closed.push_back(flow); };
  ReplayResult result = replay(files, options);
  // What is still known at the end knows more than what was said at its close.
  std::set<std::string> known;
  for (FlowView& flow : result.flows) {
    known.insert(key_of(flow));
    captured.sessions.add(std::move(flow));
  }
  for (FlowView& flow : closed) {
    if (known.insert(key_of(flow)).second) captured.sessions.add(std::move(flow));
  }
  for (Incident& incident : result.incidents) captured.sessions.add(std::move(incident));
  captured.sessions.settle();
  captured.sessions.set_watched({.since_ns = result.first_packet_ns,
                                 .until_ns = std::max<std::uint64_t>(result.last_packet_ns, 1)});
  captured.newest_ns = result.last_packet_ns;
  captured.problem = result.error;
  return captured;
}

Answer DaemonSessions::fetch(const std::vector<FailedDelivery>& batch, Sessions& sessions) {
  Answer last;
  std::set<std::string> hosts;
  for (const FailedDelivery& delivery : batch) {
    if (delivery.remote) hosts.insert(to_string(*delivery.remote));
  }
  if (hosts.empty()) return last;
  if (!listed_) {
    last = list_incidents();
    if (last.exit != ExitCode::kOk) return last;
    listed_ = true;
  }
  std::uint64_t since_ns = 0;
  for (const Watched& range : ranges_of(batch)) {
    Query query = {{"since_ns", std::to_string(range.since_ns)},
                   {"until_ns", std::to_string(range.until_ns)}};
    if (hosts.size() <= kMaxHosts) query.emplace_back("host", list_of(hosts));
    Answer learnt;
    last = visit_sessions(daemon_, query, [&](const FlowView& session, std::string_view) {
      const bool wanted = is_among(hosts, session.server) || is_among(hosts, session.client) ||
                          is_among(hosts, session.inside_client) ||
                          is_among(hosts, session.published_server);
      if (!wanted || learnt.exit != ExitCode::kOk) return;
      learnt = learn_incidents_of(session);
      sessions.add(session);
    });
    if (last.exit != ExitCode::kOk) return last;
    if (learnt.exit != ExitCode::kOk) return learnt;
    since_ns = last.complete_since_ns;
  }
  for (const auto& [id, incident] : incidents_) {
    if (incident && hosts.contains(to_string(incident->server.address))) sessions.add(*incident);
  }
  sessions.settle();
  sessions.set_watched({.since_ns = since_ns, .until_ns = 0});
  return last;
}

/// Those in the daemon's memory, once.
Answer DaemonSessions::list_incidents() {
  Answer answer = daemon_.get("/v1/incidents");
  if (answer.exit != ExitCode::kOk) return answer;
  for (const std::string_view line : lines_of(answer.body)) {
    auto incident = incident_from_json(line);
    if (!incident) return daemon_.not_understood("incident", incident.error().message);
    std::string id = incident->id;
    incidents_[std::move(id)] = *std::move(incident);
  }
  return answer;
}

/// Older ones, from the daemon's disk, which list_incidents() did not bring.
Answer DaemonSessions::learn_incidents_of(const FlowView& session) {
  for (const std::string& id : session.incidents) {
    if (incidents_.contains(id)) continue;
    Answer answer = daemon_.get("/v1/incidents/" + percent_encode(id));
    if (answer.exit != ExitCode::kOk && !answer.not_found) return answer;
    if (answer.not_found) {
      incidents_[id] = std::nullopt;
      continue;
    }
    auto incident = incident_from_json(answer.body);
    if (!incident) return daemon_.not_understood("incident", incident.error().message);
    incidents_[id] = *std::move(incident);
  }
  return {};
}

}  // namespace mxray::cli
