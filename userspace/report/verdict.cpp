// SPDX-License-Identifier: Apache-2.0
// What must a reader know who reads nothing else?
#include <fmt/format.h>

#include <algorithm>

#include "format/period.h"
#include "report/sections.h"
#include "report/tables.h"
#include "report/words.h"

namespace mxray {
namespace {

constexpr std::size_t kMostCards = 12;

std::string period_of(const Group& group) {
  const bool ongoing = std::any_of(group.incidents.begin(), group.incidents.end(),
                                   [](const Incident* incident) { return incident->ongoing; });
  return period_in_words(group.start_ns(), group.end_ns()) +
         (ongoing ? ", still going on when this was written" : "");
}

const char* plural_of(const Tally& tally) { return tally.shares.size() == 1 ? "" : "s"; }

Html card(const Group& group, std::size_t index, const ReportInput& input) {
  const Duty duty = duty_of(group, place_of(group, input));
  const Html title = element("a", {{"href", "#" + anchor_of(index)}}, name_of(group));
  return element(
      "div", {{"class", is_forgery(group.kind) ? "card grave" : "card"}},
      element("h3", title) +
          fact_list({{"What happened", happened(group)},
                     {"To whom", fmt::format("client{} {}; server{} {}", plural_of(group.clients),
                                             listed(group.clients, 3), plural_of(group.servers),
                                             listed(group.servers, 3))},
                     {"When", period_of(group)},
                     {"Who must act", duty.who},
                     {"What to change", duty.what}}));
}

}  // namespace

std::string anchor_of(std::size_t index) { return fmt::format("finding-{}", index + 1); }

std::string place_of(const Group& group, const ReportInput& input) {
  for (const Incident* incident : group.in_full) {
    const auto found = input.places.find(incident->id);
    if (found != input.places.end() && !found->second.name.empty()) return found->second.name;
  }
  return {};
}

Html verdict(const std::vector<Group>& groups, const ReportInput& input) {
  if (groups.empty()) {
    return paragraph(
        input.status.records_lost > 0
            ? std::string("Nothing was found in this period. But records were lost, so there may "
                          "have been something: see how complete this report is.")
        : input.scope.empty()
            ? "Nothing was found in this period: the network did nothing to mail that mxray can "
              "tell."
            : fmt::format("Nothing was found in this period of what was asked for ({}).",
                          input.scope));
  }
  Html cards;
  for (std::size_t i = 0; i < std::min(groups.size(), kMostCards); ++i) {
    cards += card(groups[i], i, input);
  }
  if (groups.size() > kMostCards) {
    cards += paragraph(fmt::format("And {} more findings, below.", groups.size() - kMostCards));
  }
  return cards;
}

}  // namespace mxray
