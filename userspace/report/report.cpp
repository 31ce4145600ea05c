// SPDX-License-Identifier: Apache-2.0
#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"
#include "format/period.h"
#include "report/anonymize.h"
#include "report/groups.h"
#include "report/html.h"
#include "report/sections.h"
#include "report/style.h"
#include "report/tables.h"
#include "report/words.h"

namespace mxray {
namespace {

constexpr std::size_t kMostGroups = 60;
constexpr std::size_t kGroupsInFull = 12;
// For what comes after the findings and for names that are longer than addresses.
constexpr std::size_t kReserve = 200'000;

constexpr char kUsualTitle[] = "What the network did to mail";

/// How much of the page is still free. What does not fit is counted.
class Room {
 public:
  explicit Room(std::size_t bytes) : left_(bytes) {}
  bool take(const Html& part) {
    if (part.size() > left_) {
      ++refused_;
      return false;
    }
    left_ -= part.size();
    return true;
  }
  [[nodiscard]] std::size_t refused() const { return refused_; }

 private:
  std::size_t left_;
  std::size_t refused_ = 0;
};

std::string title_of(const ReportInput& input) {
  return input.title.empty() ? std::string(kUsualTitle) : input.title;
}

Html head(const ReportInput& input) {
  return element("head",
                 void_element("meta", {{"charset", "utf-8"}}) +
                     void_element("meta", {{"http-equiv", "Content-Security-Policy"},
                                           {"content", std::string(kContentSecurityPolicy)}}) +
                     void_element("meta", {{"name", "viewport"},
                                           {"content", "width=device-width, initial-scale=1"}}) +
                     void_element("meta", {{"name", "referrer"}, {"content", "no-referrer"}}) +
                     void_element("meta", {{"name", "color-scheme"}, {"content", "light dark"}}) +
                     element("title", title_of(input)) + stylesheet());
}

Html opening(const std::vector<Group>& groups, const ReportInput& input) {
  std::string scope = period_in_words(input.since_ns, input.until_ns);
  if (!input.scope.empty()) scope += "; " + input.scope;
  return element(
      "header", element("p", {{"class", "kind"}}, "mxray report") + element("h1", title_of(input)) +
                    element("p", {{"class", "lead"}}, headline(groups)) +
                    fact_list({{"Period", scope}, {"Written", moment(input.made_ns)}}, "dates"));
}

// One group after the other, each first told as a whole, then its clearest incidents.
Html findings(const std::vector<Group>& groups, const ReportInput& input, Room& room) {
  Html content;
  std::size_t index = 0;
  for (; index < std::min(groups.size(), kMostGroups); ++index) {
    const Group& group = groups[index];
    Html finding = group_summary(group, input);
    if (!room.take(finding)) finding = paragraph("This has no room here.");
    if (index < kGroupsInFull) {
      for (const Incident* incident : group.in_full) {
        const Html full = incident_in_full(*incident, input);
        if (room.take(full)) finding += full;
      }
    }
    content += section(anchor_of(index), fmt::format("Finding {}: {}", index + 1, name_of(group)),
                       finding);
  }
  if (index < groups.size()) {
    content +=
        paragraph(fmt::format("And {} more findings, which have no room here; a shorter "
                              "--since or --kind and --server choose among them.",
                              groups.size() - index));
  }
  return content;
}

std::set<std::string> signals_in(const std::vector<Group>& groups) {
  std::set<std::string> signals;
  for (std::size_t i = 0; i < std::min(groups.size(), kGroupsInFull); ++i) {
    for (const Incident* incident : groups[i].in_full) {
      for (const Evidence& evidence : incident->evidence) signals.insert(evidence.signal);
    }
  }
  return signals;
}

std::string explain_command(const Incident& incident, const ReportInput& input) {
  if (!input.captures) {
    // Numbers are this page's own then.
    if (input.anonymity.on) return "mxray incidents --since " + rfc3339(incident.time_ns);
    return "mxray explain " + displayable(incident.id, 16);
  }
  std::string command = "mxray replay --explain";
  for (std::size_t i = 0; i < std::min<std::size_t>(input.captures->files.size(), 8); ++i) {
    command += " " + input.captures->files[i];
  }
  return input.captures->files.size() > 8 ? command + " ..." : command;
}

Html reproduction(const std::vector<Group>& groups, const ReportInput& input) {
  if (groups.empty()) return {};
  const char* how = input.captures ? "The same incidents, from the same capture files:"
                    : input.anonymity.on
                        ? "On the gateway, as long as mxrayd keeps the incident, it is found "
                          "by its time (UTC):"
                        : "On the gateway, as long as mxrayd keeps the incident; each number on "
                          "this page works so:";
  return section(
      "reproduce", "See for yourself",
      paragraph(how) + element("pre", code(explain_command(groups.front().clearest(), input))));
}

Html body(const std::vector<Group>& groups, const ReportInput& input) {
  Html page = opening(groups, input);
  page += section("verdict", "Verdict", verdict(groups, input));
  if (!groups.empty()) {
    page += section("when", "When", timeline(input.incidents, input.since_ns, input.until_ns));
  }
  Room room(kMostReportBytes - std::min(kMostReportBytes, page.size() + kReserve));
  page += findings(groups, input, room);
  Html completeness = monitor(input);
  if (room.refused() > 0) {
    completeness += paragraph(
        fmt::format("{} parts would have made this page larger than {} bytes and were left out.",
                    room.refused(), kMostReportBytes));
  }
  page += section("completeness", "How complete this is", completeness);
  page += reproduction(groups, input);
  if (!groups.empty()) {
    page += section("glossary", "What the words mean", glossary(signals_in(groups)));
  }
  page += element("footer", paragraph("Made by mxray, a passive monitor: it never changes, delays "
                                      "or drops a packet. Mailbox names and credentials are not "
                                      "recorded."));
  return element("body", element("main", page));
}

std::string page_of(const ReportInput& input) {
  const std::vector<Group> groups = group_incidents(input.incidents);
  return element("html", {{"xmlns", "http://www.w3.org/1999/xhtml"}, {"lang", "en"}},
                 head(input) + body(groups, input))
      .str();
}

std::string anonymous_page_of(const ReportInput& input) {
  Pseudonyms names = pseudonyms_for(input);
  return anonymized(page_of(anonymized(input, names)), names);
}

}  // namespace

std::vector<std::string> ids_in_full(const std::vector<Incident>& incidents) {
  std::vector<std::string> ids;
  const std::vector<Group> groups = group_incidents(incidents);
  for (std::size_t i = 0; i < std::min(groups.size(), kGroupsInFull); ++i) {
    for (const Incident* incident : groups[i].in_full) ids.push_back(incident->id);
  }
  return ids;
}

std::string render(const ReportInput& input) {
  return "<!DOCTYPE html>\n" + (input.anonymity.on ? anonymous_page_of(input) : page_of(input)) +
         "\n";
}

}  // namespace mxray
