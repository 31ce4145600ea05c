// SPDX-License-Identifier: Apache-2.0
// What happened in one incident, packet by packet?
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/command.h"
#include "cli/daemon_client.h"
#include "format/explain.h"
#include "format/incident_json.h"

namespace mxray::cli {
namespace {

ExitCode explain_incident(const std::string& id, bool json, const DaemonClient& daemon,
                          const Output& output) {
  const Answer answer = daemon.get("/v1/incidents/" + percent_encode(id));
  if (answer.not_found) {
    return output.fail(ExitCode::kUsage,
                       fmt::format("there is no incident '{}'; `mxray incidents` lists those that "
                                   "the daemon keeps",
                                   id));
  }
  if (answer.exit != ExitCode::kOk) return output.fail(answer.exit, answer.message);
  const auto incident = incident_from_json(answer.body);
  if (!incident) {
    const Answer problem = daemon.not_understood("incident", incident.error().message);
    return output.fail(problem.exit, problem.message);
  }
  output.out << (json ? to_json_full(*incident) + "\n"
                      : explain(*incident, {.colour = output.colour, .width = output.width}));
  return ExitCode::kOk;
}

}  // namespace

Command add_explain(CLI::App& parent, Globals globals) {
  struct Options {
    std::string id;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* app = parent.add_subcommand(
      "explain", "one incident: the packets around it, the reasons, what to do");
  app->add_option("ID", options->id, "as `mxray incidents` shows it, 12 hex digits")->required();
  app->add_flag("--json", options->json, "the incident with its packets as one JSON object");
  return {app, [options, globals = std::move(globals)](const Output& output) {
            return explain_incident(options->id, options->json, DaemonClient(globals->socket),
                                    output);
          }};
}

}  // namespace mxray::cli
