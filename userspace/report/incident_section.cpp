// SPDX-License-Identifier: Apache-2.0
// What does the page say of one incident? What `mxray explain` says, and pictures.
#include <fmt/format.h>

#include <algorithm>

#include "format/packet_cells.h"
#include "format/period.h"
#include "report/sections.h"
#include "report/tables.h"
#include "report/words.h"

namespace mxray {
namespace {

// More than the analysis keeps; a daemon that answers nonsense must not fill the page.
constexpr std::size_t kMostRows = 64;

Html facts(const Incident& incident) {
  std::vector<Fact> facts = {
      {"Verdict", fmt::format("{}, {} (score {:.1f})", in_words(incident.kind),
                              name_of(incident.confidence), incident.score)},
      {"Time", exact_moment(incident.time_ns)},
      {"Connection",
       fmt::format("{} to {}", to_string(incident.client), to_string(incident.server))}};
  if (incident.inside_client) {
    facts.push_back({incident.kind == Kind::kSourceMasked ? "Client before NAT" : "Client inside",
                     to_string(*incident.inside_client)});
  }
  if (incident.protocol != core::PROTOCOL_NONE) {
    facts.push_back({"Protocol", name_of(incident.protocol)});
  }
  if (!incident.interface.empty()) facts.push_back({"Seen on", incident.interface});
  if (incident.ongoing) facts.push_back({"State", "was still going on"});
  facts.push_back({"Number", code(incident.id)});
  return fact_list(facts);
}

Html packets(const Incident& incident) {
  if (incident.packets.empty()) return {};
  const std::uint64_t minute = minute_of(incident.packets);
  std::vector<HtmlRow> rows;
  for (const PacketRow& packet : incident.packets) {
    if (rows.size() == kMostRows) break;
    const PacketCells cells = cells_of(packet, minute);
    rows.push_back(
        {{cells.time, cells.mark, cells.from, cells.packet, cells.ttl, cells.ip_id, cells.fragment,
          cells.options, cells.window, cells.bytes, cells.seq, cells.ack, cells.payload},
         packet.suspect});
  }
  const std::string left_out =
      incident.packets.size() > rows.size()
          ? fmt::format(" The first {} of {}.", rows.size(), incident.packets.size())
          : "";
  return element("h4", "Packets") +
         paragraph(fmt::format("Time in seconds after {}; ! marks the suspect ones.{}",
                               moment(minute).substr(0, 16) + " UTC", left_out)) +
         table("Packets",
               {"time", "!", "from", "packet", "TTL", "IP ID", "DF", "options", "window", "bytes",
                "seq", "ack", "payload"},
               rows, "packets");
}

Html reasons(const Incident& incident) {
  if (incident.evidence.empty()) return {};
  std::vector<HtmlRow> rows;
  for (const Evidence& evidence : incident.evidence) {
    if (rows.size() == kMostRows) break;
    rows.push_back(
        {{code(evidence.signal), evidence.seen, evidence.expected,
          evidence.weight == 0 ? std::string() : fmt::format("{:+.1f}", evidence.weight)}});
  }
  return element("h4", "Why") +
         paragraph("A weight of +1 makes it ten times likelier; the score is their sum.") +
         table("Evidence", {"signal", "seen", "expected", "weight"}, rows, "evidence");
}

// A remedy tells the gateway's own engineer to run mxray; the reader learns what came of it.
Html place(const Incident& incident, const ReportInput& input) {
  const auto found = input.places.find(incident.id);
  if (found == input.places.end() || found->second.sentence.empty()) return {};
  return element("h4", "Where") + paragraph(found->second.sentence);
}

}  // namespace

Html incident_in_full(const Incident& incident, const ReportInput& input) {
  Html content = element("h3", {{"id", "incident-" + incident.id}},
                         fmt::format("Incident of {}", moment(incident.time_ns)));
  if (!incident.summary.empty()) {
    content += element("p", {{"class", "summary"}}, incident.summary);
  }
  content += facts(incident);
  Html pictures = ttl_picture(incident) + delay_picture(incident);
  if (!is_forgery(incident.kind)) pictures += waiting_picture({&incident});
  if (!pictures.empty()) content += element("div", {{"class", "pictures"}}, pictures);
  content += packets(incident) + reasons(incident) + place(incident, input);
  if (!incident.remedy.empty()) content += element("h4", "What to do") + advice(incident.remedy);
  return element("article", content);
}

}  // namespace mxray
