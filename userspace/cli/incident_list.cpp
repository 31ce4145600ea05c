// SPDX-License-Identifier: Apache-2.0
#include "cli/incident_list.h"

#include <ostream>
#include <string>

#include "format/explain.h"

namespace mxray::cli {

Colour colour_of(const Incident& incident) {
  return incident.confidence == Confidence::kPossible ? Colour::kYellow : Colour::kRed;
}

IncidentList::IncidentList(const OutputForm& form, const Output& output)
    : form_(form), output_(output) {
  for (const char* title : {"time", "confidence", "kind", "id", "client", "server"}) {
    table_.add_column(title);
  }
  table_.add_column("summary", Table::Align::kText);
}

void IncidentList::add(const Incident& incident, std::string_view json) {
  ++count_;
  if (form_.is_json()) {
    output_.out << json << '\n';
  } else if (form_.is_table()) {
    table_.add_row(
        {timestamp(incident.time_ns, output_.zone), std::string(name_of(incident.confidence)),
         std::string(name_of(incident.kind)), incident.id,
         to_string(incident.inside_client.value_or(incident.client)), to_string(incident.server),
         incident.summary + (incident.ongoing ? " (still going on)" : "")},
        colour_of(incident));
  } else {
    output_.out << paint(one_line(incident, output_.zone), colour_of(incident), output_.colour)
                << '\n';
  }
}

void IncidentList::finish() {
  if (!table_.empty()) output_.out << table_.render(output_.colour, output_.width);
  output_.out.flush();
}

}  // namespace mxray::cli
