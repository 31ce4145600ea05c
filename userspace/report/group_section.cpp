// SPDX-License-Identifier: Apache-2.0
// What have the incidents of one group in common, and which are they?
#include <fmt/format.h>

#include <algorithm>

#include "format/period.h"
#include "format/wave_text.h"
#include "report/sections.h"
#include "report/tables.h"
#include "report/words.h"

namespace mxray {
namespace {

constexpr std::size_t kMostRows = 100;

std::uint64_t connections_to(const Group& group, const ReportInput& input) {
  std::uint64_t count = 0;
  for (const Share& server : group.servers.shares) {
    const auto found = input.connections.find(server.value);
    if (found != input.connections.end()) count += found->second;
  }
  return count;
}

Tally in_quotes(Tally tally) {
  for (Share& share : tally.shares) share.value = "\"" + share.value + "\"";
  return tally;
}

Html spread(const Group& group, const ReportInput& input) {
  std::vector<Fact> facts;
  if (group.incidents.size() > 1) {  // a single one's ends stand with it
    facts = {{group.servers.shares.size() == 1 ? "Server" : "Servers", listed(group.servers)},
             {group.clients.shares.size() == 1 ? "Client" : "Clients", listed(group.clients)}};
  }
  if (const std::uint64_t count = connections_to(group, input); count > 0) {
    facts.push_back(
        {"Of all",
         fmt::format("{} of {} watched connections to {}", group.incidents.size(), count,
                     group.servers.shares.size() == 1 ? "this server" : "these servers")});
  }
  if (group.wave) {
    const Wave& wave = *group.wave;
    facts.push_back({"Answers to", listed(wave.commands)});
    facts.push_back({"Texts", listed(in_quotes(wave.texts))});
    facts.push_back({"Server networks", listed(wave.networks)});
    facts.push_back({"Forger", forger_in_words(wave.forger)});
    facts.push_back({"Depends on", finding(wave)});
  }
  return fact_list(facts);
}

Html list_of_incidents(const Group& group) {
  if (group.incidents.size() < 2) return {};
  const bool several_kinds = group.wave && group.wave->replies > 0 && group.wave->resets > 0;
  std::vector<std::string> titles = {"time", "client", "server", "confidence", "number"};
  if (several_kinds) titles.insert(titles.begin() + 3, "kind");
  std::vector<HtmlRow> rows;
  for (const Incident* incident : group.incidents) {
    if (rows.size() == kMostRows) break;
    const bool in_full =
        std::find(group.in_full.begin(), group.in_full.end(), incident) != group.in_full.end();
    const Html number =
        in_full ? element("a", {{"href", "#incident-" + incident->id}}, code(incident->id))
                : code(incident->id);
    std::vector<Html> cells = {moment(incident->time_ns),
                               to_string(incident->inside_client.value_or(incident->client)),
                               to_string(incident->server)};
    if (several_kinds) cells.emplace_back(in_words(incident->kind));
    cells.emplace_back(name_of(incident->confidence));
    cells.push_back(number);
    rows.push_back({std::move(cells)});
  }
  const std::size_t left_out = group.incidents.size() - rows.size();
  return element("h3", "All of them") + table("Incidents", titles, rows, "incidents") +
         (left_out == 0
              ? Html()
              : paragraph(fmt::format("And {} more, which have no room here.", left_out)));
}

}  // namespace

Html group_summary(const Group& group, const ReportInput& input) {
  Html content = spread(group, input);
  if (group.wave) content += distance_picture(group);
  // Of a single one the picture stands with it.
  if (!group.wave && group.incidents.size() > 1) content += waiting_picture(group.incidents);
  return content + list_of_incidents(group);
}

}  // namespace mxray
