// SPDX-License-Identifier: Apache-2.0
// Which mail connections are there now, and who waits for whom?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "format/flow_json.h"
#include "format/table.h"

namespace mxray::cli {
namespace {

Table flow_table() {
  Table table;
  table.add_column("protocol");
  table.add_column("state");
  table.add_column("client");
  table.add_column("server");
  table.add_column("RTT ms", Table::Align::kRight);
  table.add_column("waiting s", Table::Align::kRight);
  table.add_column("greeting s", Table::Align::kRight);
  table.add_column("reply", Table::Align::kRight);
  table.add_column("ident");
  table.add_column("interface");
  return table;
}

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

void add_row(Table& table, const FlowView& flow) {
  const bool waits = flow.state == FlowState::kWaiting && flow.waiting_seconds.value_or(0) >= 1;
  table.add_row({std::string(name_of(flow.protocol)), std::string(name_of(flow.state)),
                 client_of(flow), server_of(flow), number(flow.rtt_ms),
                 number(flow.waiting_seconds), number(flow.greeting_delay_seconds),
                 flow.last_reply_code ? std::to_string(*flow.last_reply_code) : "", ident_of(flow),
                 flow.interface},
                waits ? Colour::kYellow : Colour::kNone);
}

ExitCode list(bool json, const DaemonClient& daemon, const Output& output) {
  const Answer answer = daemon.get("/v1/flows");
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  Table table = flow_table();
  for (const std::string_view line : lines_of(answer.body)) {
    const auto flow = flow_from_json(line);
    if (!flow) {
      const Answer problem = daemon.not_understood("flow", flow.error().message);
      return output.fail(problem.exit, problem.message);
    }
    if (json) {
      output.out << line << '\n';
    } else {
      add_row(table, *flow);
    }
  }
  if (!json && table.empty()) output.err << "No mail connections now.\n";
  if (!json && !table.empty()) output.out << table.render(output.colour);
  return output.partial_or(answer.records_lost, ExitCode::kOk);
}

}  // namespace

Command add_flows(CLI::App& parent, Globals globals) {
  const auto json = std::make_shared<bool>(false);
  CLI::App* app = parent.add_subcommand(
      "flows",
      "list the mail connections of now and of the last minute, the longest waiting first");
  app->add_flag("--json", *json, "one JSON object a line, see docs/incident.schema.json");
  return {app, [json, globals = std::move(globals)](const Output& output) {
            return list(*json, DaemonClient(globals->socket), output);
          }};
}

}  // namespace mxray::cli
