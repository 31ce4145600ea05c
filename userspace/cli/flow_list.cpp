// SPDX-License-Identifier: Apache-2.0
#include "cli/flow_list.h"

#include <fmt/format.h>

#include <ostream>
#include <vector>

namespace mxray::cli {
namespace {

std::string number(const std::optional<double>& value) {
  return value ? fmt::format("{:.1f}", *value) : "";
}

std::string client_of(const FlowView& flow) {
  return flow.inside_client
             ? fmt::format("{} (as {})", to_string(*flow.inside_client), to_string(flow.client))
             : to_string(flow.client);
}

// As asked for, and as the gateway translates it.
std::string server_of(const FlowView& flow) {
  return flow.published_server
             ? fmt::format("{} (as {})", to_string(*flow.published_server), to_string(flow.server))
             : to_string(flow.server);
}

std::string ident_of(const FlowView& flow) {
  if (flow.ident_outcome) return *flow.ident_outcome;
  if (flow.ident_queries > 0) return fmt::format("{} unanswered", flow.ident_queries);
  return {};
}

Colour colour_of(const FlowView& flow) {
  const bool waits = flow.state == FlowState::kWaiting && flow.waiting_seconds.value_or(0) >= 1;
  return waits ? Colour::kYellow : Colour::kNone;
}

std::uint64_t time_of_state(const FlowView& flow) {
  if (flow.closed_ns != 0) return flow.closed_ns;
  return flow.opened_ns + static_cast<std::uint64_t>(flow.greeting_delay_seconds.value_or(0) * 1e9);
}

}  // namespace

std::string one_line(const FlowView& flow, Zone zone) {
  std::string line = fmt::format("{} {} {} {} -> {} on {}", timestamp(time_of_state(flow), zone),
                                 name_of(flow.state), name_of(flow.protocol), client_of(flow),
                                 server_of(flow), printable(flow.interface));
  if (flow.waiting_seconds) line += fmt::format(", waiting {:.1f} s", *flow.waiting_seconds);
  if (flow.greeting_delay_seconds) {
    line += fmt::format(", greeted after {:.1f} s", *flow.greeting_delay_seconds);
  }
  if (flow.last_reply_code) line += fmt::format(", reply {}", *flow.last_reply_code);
  if (const std::string ident = ident_of(flow); !ident.empty()) line += ", ident " + ident;
  for (const std::string& id : flow.incidents) line += ", incident " + id;
  return printable(line);
}

FlowList::FlowList(const OutputForm& form, const Output& output, bool with_time)
    : form_(form), output_(output), with_time_(with_time) {
  if (with_time) table_.add_column("opened");
  for (const char* title : {"protocol", "state", "client", "server"}) table_.add_column(title);
  for (const char* title : {"RTT ms", "waiting s", "greeting s", "reply"}) {
    table_.add_column(title, Table::Align::kRight);
  }
  table_.add_column("ident");
  table_.add_column("interface");
}

void FlowList::add_row(const FlowView& flow) {
  std::vector<std::string> cells;
  if (with_time_) cells.push_back(timestamp(flow.opened_ns, output_.zone));
  cells.insert(cells.end(), {std::string(name_of(flow.protocol)), std::string(name_of(flow.state)),
                             client_of(flow), server_of(flow), number(flow.rtt_ms),
                             number(flow.waiting_seconds), number(flow.greeting_delay_seconds),
                             flow.last_reply_code ? std::to_string(*flow.last_reply_code) : "",
                             ident_of(flow), flow.interface});
  table_.add_row(std::move(cells), colour_of(flow));
}

void FlowList::add(const FlowView& flow, std::string_view json) {
  ++count_;
  if (form_.is_json()) {
    output_.out << json << '\n';
  } else if (form_.is_table()) {
    add_row(flow);
  } else {
    output_.out << paint(one_line(flow, output_.zone), colour_of(flow), output_.colour) << '\n';
  }
}

void FlowList::finish() {
  if (!table_.empty()) output_.out << table_.render(output_.colour, output_.width);
  output_.out.flush();
}

}  // namespace mxray::cli
