// SPDX-License-Identifier: Apache-2.0
#include "report/groups.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <unordered_map>

namespace mxray {
namespace {

// A recipient doubts one forgery more than two; a stall repeats itself.
constexpr std::size_t kForgeriesInFull = 2;
constexpr std::size_t kOthersInFull = 1;

Tally tally_of(const std::map<std::string, std::size_t>& counts) {
  Tally tally;
  for (const auto& [value, count] : counts) tally.shares.push_back({value, count});
  std::stable_sort(tally.shares.begin(), tally.shares.end(),
                   [](const Share& a, const Share& b) { return a.count > b.count; });
  return tally;
}

// What the clearest have most of: certainty, then delay, then packets to show.
auto clarity(const Incident& incident) {
  const Waiting waiting = incident.waiting.value_or(Waiting{});
  return std::make_tuple(incident.score, waiting.stall_seconds.value_or(0),
                         waiting.greeting_delay_seconds.value_or(0));
}

bool is_earlier(const Incident* a, const Incident* b) {
  return std::tie(a->time_ns, a->id) < std::tie(b->time_ns, b->id);
}

// Sorts, counts, chooses: whatever the group is of.
void complete(Group& group) {
  std::sort(group.incidents.begin(), group.incidents.end(), is_earlier);
  std::map<std::string, std::size_t> servers;
  std::map<std::string, std::size_t> clients;
  for (const Incident* incident : group.incidents) {
    ++servers[to_string(incident->server)];
    ++clients[to_string(incident->inside_client.value_or(incident->client).address)];
    if (incident->confidence == Confidence::kCertain) ++group.certain;
  }
  group.servers = tally_of(servers);
  group.clients = tally_of(clients);
  group.in_full = group.incidents;
  std::stable_sort(group.in_full.begin(), group.in_full.end(),
                   [](const Incident* a, const Incident* b) { return clarity(*a) > clarity(*b); });
  group.in_full.resize(
      std::min(group.in_full.size(), is_forgery(group.kind) ? kForgeriesInFull : kOthersInFull));
}

std::vector<Group> waves_of(const std::vector<Incident>& incidents) {
  std::unordered_map<std::string_view, const Incident*> by_id;
  for (const Incident& incident : incidents) by_id.emplace(incident.id, &incident);
  std::vector<Group> groups;
  for (Wave& wave : group_into_waves(incidents)) {
    Group& group = groups.emplace_back();
    group.kind = wave.replies >= wave.resets ? Kind::kForgedReply : Kind::kForgedReset;
    for (const std::string& id : wave.ids) group.incidents.push_back(by_id.at(id));
    group.wave = std::move(wave);
  }
  return groups;
}

std::vector<Group> others_of(const std::vector<Incident>& incidents) {
  std::map<std::tuple<Kind, std::string, std::string>, Group> groups;
  for (const Incident& incident : incidents) {
    if (is_forgery(incident.kind)) continue;
    const std::string reason =
        incident.dialogue ? incident.dialogue->reason.value_or("") : std::string();
    Group& group = groups[{incident.kind, to_string(incident.server.address), reason}];
    group.kind = incident.kind;
    group.reason = reason;
    group.incidents.push_back(&incident);
  }
  std::vector<Group> listed;
  for (auto& [key, group] : groups) listed.push_back(std::move(group));
  return listed;
}

}  // namespace

std::vector<Group> group_incidents(const std::vector<Incident>& incidents) {
  std::vector<Group> groups = waves_of(incidents);
  std::vector<Group> others = others_of(incidents);
  std::move(others.begin(), others.end(), std::back_inserter(groups));
  for (Group& group : groups) complete(group);
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    const auto rank = [](const Group& group) {
      return std::make_tuple(is_forgery(group.kind), group.certain, group.incidents.size());
    };
    return rank(a) > rank(b);
  });
  return groups;
}

}  // namespace mxray
